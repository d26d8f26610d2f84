import { Controller } from '@nestjs/common';
import { GetAgreementState, ListSignatures, may, ProveSignature, RecordSignature, SignAgreement, WithdrawSignature } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf, Signature } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import type { Entry } from '../domain/signature.js';
import { AgreementLedger } from './agreement-ledger.js';
import { AgreementStore, AgreementTextStore } from './agreement.store.js';
import { SignatureStore } from './signature.store.js';

@Controller()
export class SignaturesController {
  constructor(
    private readonly ledger: AgreementLedger,
    private readonly signatures: SignatureStore,
    private readonly agreements: AgreementStore,
    private readonly texts: AgreementTextStore,
  ) {}

  @Handles(GetAgreementState)
  async getAgreementState(ctx: Ctx, body: RequestOf<typeof GetAgreementState>): Promise<ReplyOf<typeof GetAgreementState>> {
    return { items: (await this.ledger.states(ctx, body)).filter((s) => sees(ctx, body.accountId, s.subjectPersonId)) };
  }

  @Handles(SignAgreement)
  async signAgreement(ctx: Ctx, body: RequestOf<typeof SignAgreement>): Promise<ReplyOf<typeof SignAgreement>> {
    return reply(await this.ledger.sign(ctx, body, { signerPersonId: personOf(ctx, body.accountId), method: 'online' }));
  }

  @Handles(RecordSignature)
  async recordSignature(ctx: Ctx, { signerPersonId, method, ...body }: RequestOf<typeof RecordSignature>): Promise<ReplyOf<typeof RecordSignature>> {
    return reply(await this.ledger.sign(ctx, body, { signerPersonId, method }));
  }

  @Handles(WithdrawSignature)
  async withdrawSignature(ctx: Ctx, { accountId, signatureId }: RequestOf<typeof WithdrawSignature>): Promise<ReplyOf<typeof WithdrawSignature>> {
    return reply(await this.ledger.withdraw(ctx, accountId, signatureId, personOf(ctx, accountId)));
  }

  @Handles(ListSignatures)
  async listSignatures(ctx: Ctx, { accountId, ...request }: RequestOf<typeof ListSignatures>): Promise<ReplyOf<typeof ListSignatures>> {
    const page = await this.signatures.page(ctx, { accountId }, { field: 'at', order: -1 }, request);
    return { ...page, items: page.items.filter(({ state }) => sees(ctx, accountId, state.subjectPersonId)).map(({ id, state }) => reply({ id, ...state })) };
  }

  @Handles(ProveSignature)
  async proveSignature(ctx: Ctx, { accountId, signatureId }: RequestOf<typeof ProveSignature>): Promise<ReplyOf<typeof ProveSignature>> {
    const { state: signature } = await this.signatures.get(ctx, signatureId);
    if (signature.accountId !== accountId || !sees(ctx, accountId, signature.subjectPersonId)) throw new Rejection('resource.not-found');
    const [{ state: agreement }, { state: kept }] = await Promise.all([this.agreements.get(ctx, signature.agreementId), this.texts.get(ctx, signature.versionId)]);
    const versionNumber = agreement.versions.find((v) => v.id === signature.versionId)?.number ?? 0;
    return { signature: reply({ id: signatureId, ...signature }), title: agreement.title, versionNumber, text: kept.text, clientAddress: signature.clientAddress };
  }
}

/** Who sees only herself in an account sees what is the family's and what is hers (ID-05). */
const sees = (ctx: Ctx, accountId: string, subjectPersonId: string | null): boolean => may(ctx.actor, 'agreements.read', accountId, { personId: subjectPersonId ?? undefined }) === 'yes';

/** Who the caller is in the account: only a person of it signs; staff write down what others signed. */
function personOf({ actor }: Ctx, accountId: string): string {
  const grant = actor.type === 'user' ? actor.grants.find((g) => g.accountId === accountId) : undefined;
  if (!grant) throw new Rejection('agreement.no-authority');
  return grant.personId;
}

function reply({ clientAddress: _clientAddress, ...signature }: Entry): Signature {
  return signature;
}
