import { invariant, unreachable, type Aggregate, type Instant } from '@matricula/kernel';

/**
 * Somebody typed a sign-in name and asked for a new password. Kept for every name alike and looked at after the answer,
 * so that neither the answer nor its time tells whether the name has a login (ID-17).
 */
export interface ResetAsk {
  /** What was typed, normalised; forgotten when it is answered. */
  readonly name: string | null;
  readonly status: 'open' | 'answered';
  readonly askedAt: Instant;
}

export type ResetAskFact = { readonly type: 'ResetAsked'; readonly name: string; readonly at: Instant } | { readonly type: 'ResetAnswered' };

export const resetAsks: Aggregate<ResetAsk, ResetAskFact> = {
  name: 'reset_ask',
  evolve(ask, fact) {
    switch (fact.type) {
      case 'ResetAsked':
        return { name: fact.name, status: 'open', askedAt: fact.at };
      case 'ResetAnswered':
        invariant(ask !== undefined, 'it is asked before it is answered');
        return { ...ask, name: null, status: 'answered' };
      default:
        return unreachable(fact);
    }
  },
};

export const askReset = (name: string, now: Instant): readonly ResetAskFact[] => [{ type: 'ResetAsked', name, at: now }];

export const answerReset = (ask: ResetAsk): readonly ResetAskFact[] => (ask.status === 'open' ? [{ type: 'ResetAnswered' }] : []);
