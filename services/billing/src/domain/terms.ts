/** Who is told of a low balance: the client and the account's manager, each with a threshold of their own (BI-06, BI-07). */
export type Audience = 'client' | 'manager';
/** Who has been told since Available was last at the threshold or above. */
export type Episodes = Readonly<Partial<Record<Audience, true | undefined>>>;

/** What a provider decided for an account: settings in effect when something is decided (A1, section S2). Amounts are minor units of the account's currency. */
export interface Terms {
  /** billing.preventNegative: no completed lesson takes Available below zero, or below −creditLimit. */
  readonly preventNegative: boolean;
  readonly creditLimit: number;
  /** billing.lowBalance.*: alert below this Available; null: no alerts. */
  readonly lowBalance: { readonly client: number | null; readonly manager: number | null };
  /** Credit pays what is due as soon as there is both; off: only when somebody applies it. */
  readonly autoApply: boolean;
}

export const standardTerms: Terms = { preventNegative: false, creditLimit: 0, lowBalance: { client: null, manager: null }, autoApply: true };
