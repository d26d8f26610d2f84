/** Something worth remembering that has happened to an aggregate. */
export interface Fact {
  readonly type: string;
}

/**
 * An aggregate as pure functions: how a fact changes the state. Decisions are plain functions
 * `(state, command…) => facts` beside it. A state of `undefined` means: does not exist yet.
 */
export interface Aggregate<S, F extends Fact> {
  /** The noun, singular, snake_case: names the collection and the third part of event types. */
  readonly name: string;
  /** Pure; must accept every fact that was ever stored. */
  readonly evolve: (state: S | undefined, fact: F) => S;
}

/** Folds facts into a state; the only way a state comes about. */
export function fold<S, F extends Fact>(aggregate: Aggregate<S, F>, state: S | undefined, facts: readonly F[]): S | undefined {
  return facts.reduce<S | undefined>((s, fact) => aggregate.evolve(s, fact), state);
}
