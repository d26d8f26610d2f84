/** `e164` is dialable from anywhere; `as-typed` has digits but no country; `none` is no phone number. */
export type ReadPhone = { readonly kind: 'e164' | 'as-typed'; readonly phone: string } | { readonly kind: 'none' };

type Plan = (digits: string) => string | undefined;

/** Area code and exchange never begin with 0 or 1. Source: NANPA numbering rules. */
const northAmerica: Plan = (digits) => (/^1?[2-9]\d{2}[2-9]\d{6}$/.test(digits) ? `+1${digits.slice(-10)}` : undefined);
/** National numbers per country of the address; a country that is not here needs the + form. Source: ITU-T E.164 national plans. */
const plans: Readonly<Record<string, Plan>> = {
  CA: northAmerica,
  US: northAmerica,
  GB: (digits) => (/^0[1-9]\d{8,9}$/.test(digits) ? `+44${digits.slice(1)}` : undefined),
  PL: (digits) => (/^[1-9]\d{8}$/.test(digits) ? `+48${digits}` : undefined),
};

/** Where a provider of this currency most likely is; the euro says nothing. */
export function homeCountry(currency: string): string | undefined {
  const countries: Readonly<Record<string, string>> = { CAD: 'CA', USD: 'US', GBP: 'GB', PLN: 'PL' };
  return countries[currency];
}

/** Reads what people type into E.164 where the country is certain; never guesses one. */
export function readPhone(text: string, country: string | undefined): ReadPhone {
  const typed = text.trim();
  const digits = typed.replaceAll(/\D/g, '');
  if (digits.length < 5 || typed.length > 40) return { kind: 'none' };
  // "+44 (0)20 …": the 0 is dialled only inside the country
  const bare = typed.replace(/^(\+\d+\s*)\(0\)/, '$1').replaceAll(/[\s().\-/]/g, '').replace(/^00/, '+');
  if (/^\+[1-9]\d{7,14}$/.test(bare)) return { kind: 'e164', phone: bare };
  const national = /^\d+$/.test(bare) && country !== undefined ? plans[country]?.(bare) : undefined;
  return national === undefined ? { kind: 'as-typed', phone: typed } : { kind: 'e164', phone: national };
}
