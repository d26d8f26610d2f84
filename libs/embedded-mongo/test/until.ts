/** Asks again until the answer is yes; throws when it is not within 20 s. */
export async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}
