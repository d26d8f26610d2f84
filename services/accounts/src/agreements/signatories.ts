import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { localDateAt } from '@matricula/kernel';
import { PlaceView } from '../accounts/place.view.js';
import { authorityOf, type Authority, type Signatory } from '../domain/signature.js';
import { ProviderStore } from '../providers/provider.store.js';
import { PairStore } from '../relationships/pair.store.js';

/** The people who sign and are signed for, with what gives the one a say over the other. */
@Injectable()
export class Signatories {
  constructor(
    private readonly places: PlaceView,
    private readonly pairs: PairStore,
    private readonly providers: ProviderStore,
  ) {}

  /** By what right one person of an account signs for another, or for the family. */
  async authority(ctx: Ctx, accountId: string, { signerPersonId, subjectPersonId }: { readonly signerPersonId: string; readonly subjectPersonId: string | null }): Promise<Authority> {
    const [signer, subject, provider, pairs] = await Promise.all([
      this.signatory(ctx, accountId, signerPersonId), subjectPersonId === null ? null : this.signatory(ctx, accountId, subjectPersonId), this.providers.own(ctx), this.pairs.of(ctx, signerPersonId),
    ]);
    const isParent = pairs.some(({ state }) => state.links.some((l) => l.tie === 'parent' && l.from === signerPersonId && l.to === subjectPersonId));
    return authorityOf({ signer, subject, isParent, today: localDateAt(ctx.now, provider.state.timeZone) });
  }

  private async signatory(ctx: Ctx, accountId: string, personId: string): Promise<Signatory> {
    const { member, person } = await this.places.get(ctx, accountId, personId);
    return { personId, role: member.role, birthDate: person.state.birthDate };
  }
}
