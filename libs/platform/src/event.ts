import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { CloudEventAttributes, eventOfType, type ReceivedEvent } from '@matricula/contracts';

/** A message that no retry will make readable. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

const attributeNames = Object.keys(CloudEventAttributes.shape).filter((name) => name !== 'datacontenttype');

/** Attributes as `ce-*` headers. Source: CloudEvents NATS protocol binding 1.0, binary content mode. */
export function eventHeaders(attributes: CloudEventAttributes): MsgHdrs {
  const carrier = headers();
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && name !== 'datacontenttype') carrier.set(`ce-${name}`, value);
  }
  carrier.set('content-type', attributes.datacontenttype);
  return carrier;
}

/** Where a tenant's events of a type are published: `evt.<tenant>.<context>.<aggregate>.<event>`. */
export function subjectOf(tenantId: string, type: string): string {
  return `evt.${tenantId}.${type.split('.').slice(0, 3).join('.')}`;
}

/** A message as an event with its data parsed by the contract; throws UnreadableEvent. */
export function parseEvent(subject: string, carrier: MsgHdrs | undefined, body: Uint8Array): ReceivedEvent {
  const raw: Record<string, string> = { datacontenttype: carrier?.get('content-type') ?? '' };
  for (const name of attributeNames) {
    const value = carrier?.get(`ce-${name}`);
    if (value !== undefined && value !== '') raw[name] = value;
  }
  const attributes = CloudEventAttributes.safeParse(raw);
  if (!attributes.success) throw new UnreadableEvent(`attributes: ${attributes.error.message}`);
  const { type, tenantid } = attributes.data;
  // who may publish is decided by the subject: what the headers say must not go beyond it
  if (subject !== subjectOf(tenantid, type)) throw new UnreadableEvent(`${type} of ${tenantid} came on ${subject}`);
  const contract = eventOfType(type);
  if (!contract) throw new UnreadableEvent(`unknown type ${type}`);
  const data = contract.data.safeParse(jsonOf(body));
  if (!data.success) throw new UnreadableEvent(`data: ${data.error.message}`);
  return { ...attributes.data, data: data.data };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new UnreadableEvent('the body is not JSON');
  }
}
