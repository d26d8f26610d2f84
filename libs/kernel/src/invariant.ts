/** A bug of ours: the program's own assumption does not hold. Never shown to callers. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Stops here when our own assumption is false. Not for input: input is parsed, rules throw a Rejection. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** The compiler's proof that a switch is exhaustive. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unexpected case: ${JSON.stringify(value)}`);
}
