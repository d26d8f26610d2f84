import { Injectable } from '@nestjs/common';
import { FormConfigured, type Ctx, type Page } from '@matricula/contracts';
import { AggregateStore, pageOf, StoreParts, type PageRequest, type Stored } from '@matricula/platform';
import { formAggregate, unconfigured, type Channel, type FormFact, type FormState } from '../domain/form.js';
import type { Entity } from '../domain/custom-field.js';

interface FormVersionDocument extends FormState {
  readonly _id: string;
  readonly tenantId: string;
  readonly form: string;
}
const versions = 'form_versions';
const idOf = (entity: Entity, channel: Channel): string => `${entity}.${channel}`;

/** What is mandatory, per kind of record and channel; every version is written down beside it. */
@Injectable()
export class FormStore extends AggregateStore<FormState, FormFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: formAggregate,
      collection: 'forms',
      publish: ({ entity, channel, mandatory, revision }) => ({ contract: FormConfigured, data: { entity, channel, mandatory, version: revision } }),
      record: ({ type: _type, ...form }, { tenantId }, id) => ({ collection: versions, document: { _id: `${tenantId}/${id}/${form.revision}`, tenantId, form: id, ...form } }),
    });
  }

  override async prepare(): Promise<void> {
    await this.versions().createIndex({ tenantId: 1, form: 1, revision: 1, _id: 1 }, { name: 'byRevision' });
    await super.prepare();
  }

  async of(ctx: Ctx, entity: Entity, channel: Channel): Promise<FormState> {
    return (await this.find(ctx, idOf(entity, channel)))?.state ?? unconfigured(entity, channel);
  }

  decide(ctx: Ctx, entity: Entity, channel: Channel, decision: (form: FormState | undefined) => readonly FormFact[]): Promise<Stored<FormState>> {
    return this.change(ctx, idOf(entity, channel), decision);
  }

  /** Versions of a form, the newest first. */
  async history(ctx: Ctx, { entity, channel, ...request }: { readonly entity: Entity; readonly channel: Channel } & PageRequest): Promise<Page<FormState>> {
    const id = idOf(entity, channel);
    await this.drained(ctx, id);
    return pageOf(this.versions(), { tenantId: ctx.tenantId, form: id }, { field: 'revision', order: -1 }, request);
  }

  private versions() {
    return this.parts.database.collection<FormVersionDocument>(versions);
  }
}
