import { Injectable } from '@nestjs/common';
import { FieldChanged, FieldDefined, type Ctx } from '@matricula/contracts';
import { invariant, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { fieldSetAggregate, noFields, type FieldFact, type FieldSet } from '../domain/custom-field.js';

/** The custom fields of a provider: one document under the tenant's id, made with the first field. */
@Injectable()
export class FieldSetStore extends AggregateStore<FieldSet, FieldFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: fieldSetAggregate, collection: 'custom_fields', publish });
  }

  async own(ctx: Ctx): Promise<Stored<FieldSet>> {
    return (await this.find(ctx, ctx.tenantId)) ?? { id: ctx.tenantId, version: 0, state: noFields };
  }

  decide(ctx: Ctx, decision: (fields: FieldSet) => readonly FieldFact[]): Promise<Stored<FieldSet>> {
    return this.change(ctx, ctx.tenantId, (fields) => decision(fields ?? noFields));
  }
}

function publish(fact: FieldFact, { fields }: FieldSet): OutgoingEvent {
  switch (fact.type) {
    case 'FieldDefined': {
      const { id: fieldId, entity, machineName, type } = fact.field;
      return { contract: FieldDefined, data: { fieldId, entity, machineName, type } };
    }
    case 'FieldChanged': {
      const field = fields.find((f) => f.id === fact.fieldId);
      invariant(field !== undefined, `field ${fact.fieldId} is in the set`);
      return { contract: FieldChanged, data: { fieldId: field.id, machineName: field.machineName, archived: field.archived } };
    }
    default:
      return unreachable(fact);
  }
}
