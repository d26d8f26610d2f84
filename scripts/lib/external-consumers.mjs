// The durables of the systems outside, made for them by the operator. Runs under Node 24 with node_modules.
import { setTimeout as wait } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import { AuthorizationError, connect, PermissionViolationError } from '@nats-io/transport-node';
import { EXTERNAL_CONSUMER, EXTERNAL_DURABLES } from './nats-permissions.mjs';

const STREAM = 'EVENTS';
/** No stream; JetStream is not up. */
const NOT_YET = new Set([10_059, 10_008]);
const AGAIN_AFTER_MS = 300;

const wantedOf = (name) => ({
  durable_name: name, filter_subject: 'evt.>', deliver_policy: DeliverPolicy.All, ack_policy: AckPolicy.Explicit,
  ack_wait: 30e9, max_deliver: -1, inactive_threshold: 0,
});
const fits = (config, wanted) => config.deliver_subject === undefined && Object.entries(wanted).every(([key, value]) => (config[key] ?? 0) === value);

async function existing(manager) {
  const found = new Map();
  for await (const { name, config } of manager.consumers.list(STREAM)) if (name.startsWith(`${EXTERNAL_CONSUMER}__`)) found.set(name, config);
  return found;
}

/** Whoever made a durable that pushes, or one that is not ours, could have the server speak for him: it goes. */
async function make(manager) {
  const told = [];
  const found = await existing(manager);
  for (const name of found.keys()) {
    if (EXTERNAL_DURABLES.includes(name)) continue;
    await manager.consumers.delete(STREAM, name);
    told.push(`${name} deleted`);
  }
  for (const name of EXTERNAL_DURABLES) {
    const config = found.get(name);
    const wanted = wantedOf(name);
    if (config && fits(config, wanted)) { told.push(`${name} is there`); continue; }
    if (config) await manager.consumers.delete(STREAM, name);
    await manager.consumers.add(STREAM, wanted);
    told.push(`${name} ${config ? 'made anew' : 'made'}`);
  }
  return told;
}

async function attempt({ url, password }) {
  const nc = await connect({ servers: url.split(','), user: 'operator', pass: password, inboxPrefix: '_INBOX_operator', name: 'external-consumers', timeout: 5_000, reconnect: false });
  try { return await make(await jetstreamManager(nc)); } finally { await nc.close(); }
}

/** Only a refusal is final: NATS may be starting, and the stream is made by the services. */
const isFinal = (error) => error instanceof AuthorizationError || error instanceof PermissionViolationError || (error instanceof JetStreamApiError && !NOT_YET.has(error.code));

/** Makes each durable that is missing or different, deletes the others of that user; safe to repeat. Returns what was done, a line each. */
export async function makeExternalConsumers({ url, password, withinMs }) {
  const end = Date.now() + withinMs;
  for (;;) {
    try { return await attempt({ url, password }); } catch (error) {
      if (isFinal(error) || Date.now() > end) throw error;
      await wait(AGAIN_AFTER_MS);
    }
  }
}
