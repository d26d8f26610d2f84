/** Where tests with chance start: the same in every run, so that one commit gives one answer. `MATRICULA_SEED=n` is another. */
export const seed = wholeNumber('MATRICULA_SEED', 20_260_901);
/** How many times the usual number of rounds such tests take: 1, or `MATRICULA_EFFORT=n`. Multiply their time limits by it. */
export const effort = wholeNumber('MATRICULA_EFFORT', 1);

process.stdout.write(`MATRICULA_SEED=${seed}${effort === 1 ? '' : ` MATRICULA_EFFORT=${effort}`}\n`);

/** The parameters of a fast-check `assert` that usually takes `rounds` rounds. */
export function chance(rounds: number): { readonly seed: number; readonly numRuns: number } {
  return { seed, numRuns: rounds * effort };
}

function wholeNumber(variable: string, usual: number): number {
  const value = Number(process.env[variable] ?? usual);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${variable} is a whole number from 1, not ${process.env[variable]}`);
  return value;
}
