/**
 * One spelling for what people type in many: NFKC, trimmed, lower case; what is one spelling already stays as it is.
 * Everything that compares sign-in names or e-mail addresses goes through here (ID-21).
 */
export function normalisedName(text: string): string {
  // lower-casing can undo the composition (capital with a mark that has no small twin), so it is composed once more
  return text.normalize('NFKC').trim().toLowerCase().normalize('NFKC').trim();
}

/** Letters with a stroke or joined ones, which no decomposition takes apart. */
const unmarked: Readonly<Record<string, string>> = { ł: 'l', ø: 'o', đ: 'd', ħ: 'h', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd' };

/** How people look for a name: no accents, no capitals, single spaces. "Łukasz  Élodie" is "lukasz elodie". */
export function foldedText(text: string): string {
  return normalisedName(text.normalize('NFKD').replaceAll(/\p{M}/gu, '')).replaceAll(/[łøđħıßæœþð]/g, (letter) => unmarked[letter] ?? letter).replaceAll(/\s+/g, ' ');
}
