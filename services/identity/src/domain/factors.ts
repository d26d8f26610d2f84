import { invariant, Rejection, unreachable, type Instant } from '@matricula/kernel';

/** A key pair of a person's device or password store; we hold the public half. Source: WebAuthn Level 3. */
export interface Passkey {
  readonly id: string;
  /** As the device names it, base64url. */
  readonly credentialId: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  readonly transports: readonly string[];
  readonly counter: number;
  readonly name: string;
  readonly addedAt: Instant;
  readonly lastUsedAt?: Instant | undefined;
}

/** What a login is shown to belong to somebody by, beside the password. */
export interface Factors {
  /** Of the authenticator app; the secret is sealed. Until a code confirms it, it is only offered. */
  readonly totpOffered?: string | undefined;
  readonly totp?: { readonly sealed: string; readonly confirmedAt: Instant; readonly lastStep: number } | undefined;
  /** Unused recovery codes, hashed. */
  readonly recovery: readonly string[];
  readonly passkeys: readonly Passkey[];
}

export type FactorFact =
  | { readonly type: 'TotpOffered'; readonly sealed: string }
  | { readonly type: 'TotpConfirmed'; readonly step: number; readonly recovery: readonly string[]; readonly at: Instant }
  | { readonly type: 'TotpRemoved'; readonly at: Instant }
  | { readonly type: 'TotpUsed'; readonly step: number }
  | { readonly type: 'RecoveryCodesMade'; readonly recovery: readonly string[]; readonly at: Instant }
  | { readonly type: 'RecoveryCodeUsed'; readonly hash: string; readonly at: Instant }
  | { readonly type: 'PasskeyAdded'; readonly passkey: Passkey; readonly at: Instant }
  | { readonly type: 'PasskeyUsed'; readonly passkeyId: string; readonly counter: number; readonly at: Instant }
  | { readonly type: 'PasskeyRemoved'; readonly passkeyId: string; readonly at: Instant }
  | { readonly type: 'FactorsReset'; readonly at: Instant };

export const maxPasskeys = 20;
export const noFactors: Factors = { recovery: [], passkeys: [] };

/** Who has factors, such as a user. */
export interface Holder {
  readonly factors?: Factors | undefined;
}
const of = (holder: Holder): Factors => holder.factors ?? noFactors;

/** How the factors of a login change. */
export function withFact(factors: Factors, fact: FactorFact): Factors {
  switch (fact.type) {
    case 'TotpOffered':
      return { ...factors, totpOffered: fact.sealed };
    case 'TotpConfirmed':
      invariant(factors.totpOffered !== undefined, 'a secret is offered before it is confirmed');
      return { ...factors, totpOffered: undefined, totp: { sealed: factors.totpOffered, confirmedAt: fact.at, lastStep: fact.step }, recovery: fact.recovery };
    case 'TotpRemoved':
      return { ...factors, totp: undefined, totpOffered: undefined, recovery: [] };
    case 'TotpUsed':
      return { ...factors, totp: factors.totp && { ...factors.totp, lastStep: fact.step } };
    case 'RecoveryCodesMade':
      return { ...factors, recovery: fact.recovery };
    case 'RecoveryCodeUsed':
      return { ...factors, recovery: factors.recovery.filter((hash) => hash !== fact.hash) };
    case 'PasskeyAdded':
      return { ...factors, passkeys: [...factors.passkeys, fact.passkey] };
    case 'PasskeyUsed':
      return { ...factors, passkeys: factors.passkeys.map((p) => (p.id === fact.passkeyId ? { ...p, counter: fact.counter, lastUsedAt: fact.at } : p)) };
    case 'PasskeyRemoved':
      return { ...factors, passkeys: factors.passkeys.filter((p) => p.id !== fact.passkeyId) };
    case 'FactorsReset':
      return noFactors;
    default:
      return unreachable(fact);
  }
}

/** Is the password alone not enough? */
export const needsSecondFactor = (holder: Holder): boolean => of(holder).totp !== undefined;

/** A secret for an authenticator app; rejects while one is in use. */
export function offerTotp(holder: Holder, sealed: string): readonly FactorFact[] {
  if (of(holder).totp) throw new Rejection('factor.totp-enabled');
  return [{ type: 'TotpOffered', sealed }];
}

/** The app shows the right code: from now on it is asked for. `step` is the moment the code stands for. */
export function confirmTotp(holder: Holder, sealed: string, confirmed: { readonly step: number; readonly recovery: readonly string[] }, now: Instant): readonly FactorFact[] {
  // another secret was offered meanwhile: the code belongs to none that counts
  if (of(holder).totpOffered !== sealed) throw new Rejection('factor.code-wrong');
  return [{ type: 'TotpConfirmed', ...confirmed, at: now }];
}

/** A code is used once, and none from before it: whoever looks over a shoulder has nothing (RFC 6238 §5.2). */
export function useTotp(holder: Holder, step: number): readonly FactorFact[] {
  const { totp } = of(holder);
  if (!totp || step <= totp.lastStep) throw new Rejection('factor.code-wrong');
  return [{ type: 'TotpUsed', step }];
}

export function removeTotp(holder: Holder, now: Instant): readonly FactorFact[] {
  const { totp, totpOffered } = of(holder);
  return totp === undefined && totpOffered === undefined ? [] : [{ type: 'TotpRemoved', at: now }];
}

export function makeRecoveryCodes(holder: Holder, recovery: readonly string[], now: Instant): readonly FactorFact[] {
  if (!of(holder).totp) throw new Rejection('factor.totp-disabled');
  return [{ type: 'RecoveryCodesMade', recovery, at: now }];
}

/** A recovery code is used once. */
export function useRecoveryCode(holder: Holder, hash: string, now: Instant): readonly FactorFact[] {
  if (!of(holder).recovery.includes(hash)) throw new Rejection('factor.code-wrong');
  return [{ type: 'RecoveryCodeUsed', hash, at: now }];
}

export function addPasskey(holder: Holder, passkey: Passkey, now: Instant): readonly FactorFact[] {
  const { passkeys } = of(holder);
  if (passkeys.some((p) => p.credentialId === passkey.credentialId)) return [];
  if (passkeys.length >= maxPasskeys) throw new Rejection('factor.too-many-passkeys', { max: maxPasskeys });
  return [{ type: 'PasskeyAdded', passkey, at: now }];
}

/** A counter that does not move on is a copy's; devices that do not count say 0 always (WebAuthn §6.1.1). */
export function usePasskey(holder: Holder, passkeyId: string, counter: number, now: Instant): readonly FactorFact[] {
  const passkey = of(holder).passkeys.find((p) => p.id === passkeyId);
  if (!passkey || (counter <= passkey.counter && (counter > 0 || passkey.counter > 0))) throw new Rejection('passkey.refused');
  return [{ type: 'PasskeyUsed', passkeyId, counter, at: now }];
}

export function removePasskey(holder: Holder, passkeyId: string, now: Instant): readonly FactorFact[] {
  return of(holder).passkeys.some((p) => p.id === passkeyId) ? [{ type: 'PasskeyRemoved', passkeyId, at: now }] : [];
}

/** Staff helps somebody who lost phone and recovery codes. */
export function resetFactors(holder: Holder, now: Instant): readonly FactorFact[] {
  return holder.factors === undefined ? [] : [{ type: 'FactorsReset', at: now }];
}
