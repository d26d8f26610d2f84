import type { Ctx } from '@matricula/contracts';
import type { OutboxRow, OutgoingEvent, StoredRecord } from './aggregate-document.js';
import { subjectOf } from './event.js';
import { injectTrace } from './tracing.js';

interface Source {
  readonly ctx: Ctx;
  readonly service: string;
  readonly aggregate: string;
  readonly id: string;
  readonly sequence: number;
}

/** A fact's outbox row: CloudEvents attributes are fixed here, in the write, so that every delivery of it is equal. */
export function outboxRow(source: Source, content: { readonly rowId: string; readonly key?: string | undefined; readonly event?: OutgoingEvent | undefined; readonly record?: StoredRecord | undefined; readonly audit?: StoredRecord | undefined }): OutboxRow {
  const { ctx } = source;
  const trace = injectTrace<Record<string, string>>({});
  const { event, record, audit, rowId: id, key } = content;
  if (!event) return { id, key, record, audit, trace };
  const { type } = event.contract;
  const actor = { type: ctx.actor.type, id: ctx.actor.id, ...(ctx.actor.type === 'service' && ctx.actor.onBehalfOf !== undefined ? { onBehalfOf: ctx.actor.onBehalfOf } : {}) };
  return {
    id,
    key,
    record,
    audit,
    trace,
    event: {
      subject: subjectOf(ctx.tenantId, type),
      attributes: {
        specversion: '1.0',
        id,
        source: `/${ctx.tenantId}/${source.service}/${source.aggregate}/${source.id}`,
        type,
        subject: source.id,
        time: ctx.now,
        recordedtime: new Date().toISOString(),
        datacontenttype: 'application/json',
        tenantid: ctx.tenantId,
        sequence: String(source.sequence).padStart(12, '0'),
        correlationid: ctx.correlationId,
        ...(ctx.causationId === undefined ? {} : { causationid: ctx.causationId }),
      },
      data: { ...event.data, actor },
    },
  };
}
