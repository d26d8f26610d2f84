/**
 * One spelling for what people type in many: NFKC, trimmed, lower case; what is one spelling already stays as it is.
 * Everything that compares sign-in names or e-mail addresses goes through here (ID-21).
 */
export function normalisedName(text: string): string {
  // lower-casing can undo the composition (capital with a mark that has no small twin), so it is composed once more
  return text.normalize('NFKC').trim().toLowerCase().normalize('NFKC').trim();
}
