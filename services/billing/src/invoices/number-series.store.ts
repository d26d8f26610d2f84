import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { invariant, localDateAt, type LocalDate } from '@matricula/kernel';
import { AggregateStore, StoreParts, type Collection } from '@matricula/platform';
import { giveNumber, numberSeries, type NumberGiven, type NumberSeries } from '../domain/number-series.js';
import { ProviderStore } from '../providers/provider.store.js';

const collection = 'invoice_numbers';
/** One series per provider in this version. */
const seriesId = 'invoice';

interface NumberDocument {
  /** `<tenant>/<invoice>` */
  readonly _id: string;
  readonly tenantId: string;
  readonly number: string;
  readonly issueDate: LocalDate;
}
export type GivenNumber = Pick<NumberDocument, 'number' | 'issueDate'>;

/** Gives each invoice one number, without gaps: a number is written down with the invoice that has it. */
@Injectable()
export class NumberSeriesStore extends AggregateStore<NumberSeries, NumberGiven> {
  private readonly numbers: Collection<NumberDocument>;

  constructor(
    parts: StoreParts,
    private readonly providers: ProviderStore,
  ) {
    super(parts, {
      aggregate: numberSeries,
      collection: 'number_series',
      publish: () => undefined,
      keyOf: (fact) => keyOf(fact.invoiceId),
      record: ({ invoiceId, number, issueDate }, ctx) => ({ collection, document: { _id: `${ctx.tenantId}/${invoiceId}`, tenantId: ctx.tenantId, number, issueDate } }),
    });
    this.numbers = parts.database.collection<NumberDocument>(collection);
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await this.numbers.createIndex({ tenantId: 1, number: 1 }, { name: 'number', unique: true });
  }

  /** The invoice's number: the one it has, or the next. Read back, because a lost race may have left it to somebody else. */
  async give(ctx: Ctx, invoiceId: string): Promise<GivenNumber> {
    const known = await this.numberOf(ctx, invoiceId);
    if (known) return known;
    const { prefix, timeZone } = await this.providers.ofTenant(ctx);
    const issueDate = localDateAt(ctx.now, timeZone);
    await this.change(ctx, seriesId, (series) => giveNumber(series, { invoiceId, prefix, issueDate }), { key: keyOf(invoiceId), recorded: async () => (await this.numberOf(ctx, invoiceId)) !== null });
    await this.drained(ctx, seriesId);
    const given = await this.numberOf(ctx, invoiceId);
    invariant(given !== null, 'a number that was given is written down');
    return given;
  }

  private numberOf(ctx: Ctx, invoiceId: string): Promise<GivenNumber | null> {
    return this.numbers.findOne({ _id: `${ctx.tenantId}/${invoiceId}`, tenantId: ctx.tenantId });
  }
}

const keyOf = (invoiceId: string): string => `number:${invoiceId}`;
