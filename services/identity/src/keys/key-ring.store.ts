import { Injectable } from '@nestjs/common';
import { SigningKeysRotated } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts } from '@matricula/platform';
import { keyRings, type KeyRing, type KeyRingFact } from '../domain/key-ring.js';

/** The one ring of this installation, under the platform's own tenant. */
export const ringId = 'ring';

@Injectable()
export class KeyRingStore extends AggregateStore<KeyRing, KeyRingFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: keyRings,
      collection: 'key_rings',
      publish: (fact) => {
        switch (fact.type) {
          case 'KeyRingMade':
            return undefined;
          case 'KeysRotated':
            return { contract: SigningKeysRotated, data: { at: fact.at } };
          default:
            return unreachable(fact);
        }
      },
    });
  }
}
