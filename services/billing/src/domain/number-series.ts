import type { Aggregate, LocalDate } from '@matricula/kernel';

/** Invoice numbers of one provider: each year counts from 1 without gaps. */
export interface NumberSeries {
  readonly prefix: string;
  /** Year → last number given. */
  readonly lastOf: Readonly<Record<string, number>>;
}

export interface NumberGiven {
  readonly type: 'NumberGiven';
  readonly invoiceId: string;
  readonly prefix: string;
  readonly year: string;
  readonly ordinal: number;
  /** `HAS-2026-000001` */
  readonly number: string;
  /** Kept with the number, so that an issue that is finished later has the year of its number. */
  readonly issueDate: LocalDate;
}

export const numberSeries: Aggregate<NumberSeries, NumberGiven> = {
  name: 'number_series',
  evolve: (series, fact) => ({ prefix: series?.prefix ?? fact.prefix, lastOf: { ...series?.lastOf, [fact.year]: fact.ordinal } }),
};

/** The next number; the prefix of the first one stays. Once per invoice is kept by the key of the fact. */
export function giveNumber(series: NumberSeries | undefined, request: { readonly invoiceId: string; readonly prefix: string; readonly issueDate: LocalDate }): readonly [NumberGiven] {
  const { invoiceId, issueDate } = request;
  const prefix = series?.prefix ?? request.prefix;
  const year = issueDate.slice(0, 4);
  const ordinal = (series?.lastOf[year] ?? 0) + 1;
  return [{ type: 'NumberGiven', invoiceId, prefix, year, ordinal, number: `${prefix}-${year}-${String(ordinal).padStart(6, '0')}`, issueDate }];
}
