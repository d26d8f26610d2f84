/** One spelling for what people type in many: NFKC, trimmed, lower case. For sign-in names and e-mail comparison (ID-21). */
export function normalisedName(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}
