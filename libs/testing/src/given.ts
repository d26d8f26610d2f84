import { fold, Rejection, type Aggregate, type Fact } from '@matricula/kernel';

interface Outcome<S, F extends Fact> {
  /** The facts decided, exactly. */
  then(...expected: readonly F[]): void;
  /** The facts decided include these types, in this order. */
  thenTypes(...expected: readonly F['type'][]): void;
  /** Nothing to do: no facts. */
  thenNothing(): void;
  /** Refused with this code; returns the details. */
  thenRejected(code: string): Readonly<Record<string, unknown>>;
  /** The state after the facts. */
  state(): S;
}

/** Given facts that happened, when deciding, then these facts or that refusal. Pure: for domain specs. */
export function given<S, F extends Fact>(aggregate: Aggregate<S, F>, ...history: readonly NoInfer<F>[]) {
  const state = fold(aggregate, undefined, history);
  return {
    when(decide: (state: S | undefined) => readonly F[]): Outcome<S, F> {
      const result = attempt(() => decide(state));
      const facts = (): readonly F[] => {
        if ('error' in result) throw result.error;
        return result.facts;
      };
      return {
        then: (...expected) => same(facts(), expected),
        thenTypes: (...expected) => same(facts().map((f) => f.type), expected),
        thenNothing: () => same(facts(), []),
        thenRejected: (code) => rejected(result, code),
        state: () => {
          const after = fold(aggregate, state, facts());
          if (after === undefined) throw new Error('there is no state');
          return after;
        },
      };
    },
  };
}

type Attempt<F> = { readonly facts: readonly F[] } | { readonly error: unknown };

function attempt<F>(decide: () => readonly F[]): Attempt<F> {
  try {
    return { facts: decide() };
  } catch (error) {
    return { error };
  }
}

function rejected(result: Attempt<unknown>, code: string): Readonly<Record<string, unknown>> {
  if (!('error' in result)) throw new Error(`expected the refusal ${code}, got the facts ${JSON.stringify(result.facts)}`);
  if (!(result.error instanceof Rejection)) throw result.error;
  if (result.error.code !== code) throw new Error(`expected the refusal ${code}, got ${result.error.code} ${JSON.stringify(result.error.details)}`);
  return result.error.details;
}

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [sorted(actual), sorted(expected)];
  if (a !== b) throw new Error(`expected\n${b}\nbut got\n${a}`);
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([x], [y]) => (x < y ? -1 : 1))) : inner), 1);
