import { context, propagation, SpanKind, SpanStatusCode, trace, type TextMapGetter, type TextMapSetter } from '@opentelemetry/api';
import type { MsgHdrs } from '@nats-io/transport-node';

type Carrier = MsgHdrs | Record<string, string>;

const setter: TextMapSetter<Carrier> = {
  set: (carrier, key, value) => {
    if ('set' in carrier && typeof carrier.set === 'function') carrier.set(key, value);
    else Object.assign(carrier, { [key]: value });
  },
};
const read = (carrier: Carrier, key: string): string | undefined => {
  const value: unknown = 'get' in carrier && typeof carrier.get === 'function' ? carrier.get(key) : Object.getOwnPropertyDescriptor(carrier, key)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
};
const getter: TextMapGetter<Carrier> = { get: read, keys: (carrier) => ('keys' in carrier && typeof carrier.keys === 'function' ? carrier.keys() : Object.keys(carrier)) };
const tracer = trace.getTracer('matricula');

/** Runs `work` in a span; `parent` is where an incoming message says the trace began. Without an SDK it costs nothing. */
export async function traced<T>(name: string, kind: SpanKind, work: () => Promise<T>, parent?: Carrier): Promise<T> {
  const from = parent ? propagation.extract(context.active(), parent, getter) : context.active();
  const span = tracer.startSpan(name, { kind }, from);
  try {
    return await context.with(trace.setSpan(from, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    if (error instanceof Error) span.recordException(error);
    throw error;
  } finally {
    span.end();
  }
}

/** Writes the running trace's traceparent into headers or a plain record. Source: W3C Trace Context. */
export function injectTrace<C extends Carrier>(carrier: C): C {
  propagation.inject(context.active(), carrier, setter);
  return carrier;
}

export { SpanKind };
