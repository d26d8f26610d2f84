import { money, scale, subtract, type Money } from '@matricula/kernel';

/** A tax rate in basis points of the net price: 2000 is 20 %. */
export interface Tax {
  readonly basisPoints: number;
  /** The price shown contains the tax already. */
  readonly inclusive: boolean;
}

export interface TaxedLine {
  readonly net: Money;
  readonly tax: Money;
  readonly gross: Money;
}

/** Tax of one line, rounded once per line; an inclusive price keeps its gross (D1 R5). */
export function taxed(price: Money, tax: Tax | undefined): TaxedLine {
  if (tax === undefined || tax.basisPoints === 0) return { net: price, tax: money(0, price.currency), gross: price };
  if (tax.inclusive) {
    const net = scale(price, [[10_000, 10_000 + tax.basisPoints]]);
    return { net, tax: subtract(price, net), gross: price };
  }
  const part = scale(price, [[tax.basisPoints, 10_000]]);
  return { net: price, tax: part, gross: money(price.amount + part.amount, price.currency) };
}
