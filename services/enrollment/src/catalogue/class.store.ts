import { Injectable } from '@nestjs/common';
import { ClassCreated, type Ctx } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, derivedId, StoreParts, type OutgoingEvent } from '@matricula/platform';
import { classAggregate, type ClassFact, type ClassState } from '../domain/class.js';

function publish(fact: ClassFact, _state: ClassState, id: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'ClassCreated':
      return { contract: ClassCreated, data: { classId: id, code: fact.code, locationId: fact.locationId, capacity: fact.capacity, fee: fact.fee } };
    case 'SeatHeld':
    case 'SeatKept':
    case 'SeatTaken':
    case 'SeatReleased':
    case 'SessionFreed':
    case 'MakeupPlaced':
    case 'MakeupRemoved':
      return undefined;
    default:
      return unreachable(fact);
  }
}

@Injectable()
export class ClassStore extends AggregateStore<ClassState, ClassFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: classAggregate,
      collection: 'classes',
      publish,
      indexes: [
        { name: 'code', keys: { code: 1 }, rejects: 'class.code-taken' },
        { name: 'by_title', keys: { title: 1, _id: 1 } },
        { name: 'by_location', keys: { locationId: 1, title: 1, _id: 1 } },
      ],
    });
  }

  /** The same code is the same class. */
  idOf(ctx: Ctx, code: string): string {
    return derivedId('cls', ctx.tenantId, code);
  }
}
