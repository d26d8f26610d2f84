import { foldedText } from '@matricula/kernel';

const maxKeyLength = 60;
const maxWords = 8;

/** What is known of a person that they can be found by. */
interface Named {
  readonly firstName: string;
  readonly lastName: string;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
}

/** What a person is found by: each key is looked up by its beginning (ID-39). */
export interface Findable {
  /** For lists: last name first. */
  readonly sortName: string;
  /** First name, last name, full name either way round, every further word of a name; e-mail addresses; digits of phones. */
  readonly searchKeys: readonly string[];
}

/** Country calling codes of one and two digits; all others have three. Source: ITU-T E.164, list of assigned codes. */
const callingCode = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** The keys by which names are found: for those who may not look for contact data. */
export function nameKeysOf({ firstName, lastName }: Pick<Named, 'firstName' | 'lastName'>): readonly string[] {
  const [first, last] = [foldedText(firstName), foldedText(lastName)];
  const whole = [`${first} ${last}`, `${last} ${first}`];
  const words = whole[0]?.split(/[\s'-]+/).slice(1, maxWords) ?? [];
  return [...new Set([...whole, ...words])].map(shortened);
}

/** The keys by which contact data is found: whole addresses, and numbers with and without their country. */
export function contactKeysOf(emails: readonly string[], phones: readonly string[]): readonly string[] {
  const numbers = phones.flatMap((phone) => {
    const digits = phone.replaceAll(/\D/g, '').replace(/^0+/, '');
    return phone.startsWith('+') ? [digits, digits.replace(callingCode, '')] : [digits];
  });
  return [...new Set([...emails.map(foldedText), ...numbers])].filter((key) => key !== '').map(shortened);
}

export function findable(person: Named): Findable {
  const { firstName, lastName, email, phone } = person;
  return {
    sortName: foldedText(`${lastName} ${firstName}`),
    searchKeys: [...nameKeysOf(person), ...contactKeysOf(email === undefined ? [] : [email], phone === undefined ? [] : [phone])],
  };
}

/** What somebody types as the beginning of a key: "Okafor, Ada", "+1 (416) 655", "020 77" are "okafor ada", "1416655", "2077". */
export function searchTerm(typed: string): string {
  const isNumber = /^[\d\s()+./-]+$/.test(typed) && /\d/.test(typed);
  return shortened(isNumber ? typed.replaceAll(/\D/g, '').replace(/^0+/, '') : foldedText(typed.replaceAll(',', ' ')));
}

/** Does one of these keys begin with the term? */
export const found = (keys: readonly string[], term: string): boolean => keys.some((key) => key.startsWith(term));

const shortened = (key: string): string => key.slice(0, maxKeyLength).trim();
