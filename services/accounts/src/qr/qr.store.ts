import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { QrCodeScanned, QrCodesRevoked, type Ctx } from '@matricula/contracts';
import type { Aggregate } from '@matricula/kernel';
import { AggregateStore, derivedId, StoreParts } from '@matricula/platform';
import { qrAggregate, type QrBadge, type QrFact } from '../domain/qr-badge.js';

@Injectable()
export class QrBadgeStore extends AggregateStore<QrBadge, QrFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: qrAggregate,
      collection: 'qr_badges',
      publish: (fact) => {
        const { accountId, personId } = fact;
        return fact.type === 'CodesRevoked' ? { contract: QrCodesRevoked, data: { accountId, personId } } : { contract: QrCodeScanned, data: { accountId, personId, scanId: fact.scanId, at: fact.at } };
      },
    });
  }

  idOf(ctx: Ctx, accountId: string, personId: string): string {
    return derivedId('qrb', ctx.tenantId, accountId, personId);
  }
}

interface QrKey {
  readonly key: string;
}
type QrKeyFact = { readonly type: 'KeyMade' } & QrKey;
const keyAggregate: Aggregate<QrKey, QrKeyFact> = { name: 'qr_key', evolve: (_state, { key }) => ({ key }) };

/** The key that seals a provider's QR codes: made by the first code, never told to anybody. */
@Injectable()
export class QrKeyStore extends AggregateStore<QrKey, QrKeyFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: keyAggregate, collection: 'qr_keys', publish: () => undefined });
  }

  async key(ctx: Ctx): Promise<Buffer> {
    const { state } = await this.change(ctx, ctx.tenantId, (known) => (known ? [] : [{ type: 'KeyMade', key: randomBytes(32).toString('base64') }]));
    return Buffer.from(state.key, 'base64');
  }
}
