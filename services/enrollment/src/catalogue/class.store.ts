import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ClassCreated, InstructorsAssigned, type Ctx } from '@matricula/contracts';
import { Rejection, unreachable } from '@matricula/kernel';
import { AggregateStore, derivedId, StoreParts, type Once, type OutgoingEvent, type Stored } from '@matricula/platform';
import { classAggregate, type ClassFact, type ClassState } from '../domain/class.js';

function publish(fact: ClassFact, _state: ClassState, id: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'ClassCreated':
      return { contract: ClassCreated, data: { classId: id, code: fact.code, locationId: fact.locationId, capacity: fact.capacity, fee: fact.fee } };
    case 'InstructorsAssigned':
      return { contract: InstructorsAssigned, data: { classId: id, instructorIds: fact.instructorIds } };
    case 'SeatHeld':
    case 'SeatPassedOn':
    case 'SeatKept':
    case 'SeatTaken':
    case 'SeatReleased':
    case 'SessionFreed':
    case 'MakeupPlaced':
    case 'MakeupBarred':
      return undefined;
    default:
      return unreachable(fact);
  }
}

const rush = { rounds: 4, asideMs: 25 };

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

  /** In a rush on one class the replicas race each other for its document: stand aside a moment and try again before giving up. */
  override async change(ctx: Ctx, id: string, decide: (state: ClassState | undefined) => readonly ClassFact[], once?: Once): Promise<Stored<ClassState>> {
    for (let round = 1; round < rush.rounds; round += 1) {
      try {
        return await super.change(ctx, id, decide, once);
      } catch (error) {
        if (!(error instanceof Rejection) || error.code !== 'conflict.busy') throw error;
        await setTimeout(Math.random() * rush.asideMs * round);
      }
    }
    return super.change(ctx, id, decide, once);
  }
}
