// An external system that hears every event of the platform, at least once each, and acts once on each.
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const user = process.env.NATS_USER ?? 'consumer-demo';
const folder = process.env.MATRICULA_DATA ?? new URL('../../.data', import.meta.url).pathname;
const local = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
const servers = process.env.NATS_URL ?? `nats://127.0.0.1:${local('run').ports.nats}`;
const pass = process.env.NATS_PASSWORD ?? local('secrets').natsPasswords[user];

const stream = 'EVENTS';
const durable = `${user}__audit`; // made by the platform: this user may pull from it and acknowledge, and nothing else
const handled = new Set(); // a real system keeps these ids where it keeps its own data, in the same transaction

const nats = await connect({ servers, user, pass, name: durable, inboxPrefix: `_INBOX_${user}`, maxReconnectAttempts: -1 });
const messages = await (await jetstream(nats).consumers.get(stream, durable)).consume();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void messages.close());
process.stderr.write(`${durable} is listening at ${servers}\n`);

/** The CloudEvent of a message: attributes travel as ce-* headers, the data as the body. */
function cloudEvent(message) {
  const attributes = [...message.headers].filter(([name]) => name.startsWith('ce-')).map(([name, [value]]) => [name.slice(3), value]);
  return { ...Object.fromEntries(attributes), data: JSON.parse(message.string()) };
}

/** Whatever this system does with an event. It may throw: the event is told again. */
async function act(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

for await (const message of messages) {
  try {
    const event = cloudEvent(message);
    if (!handled.has(event.id)) await act(event);
    handled.add(event.id);
    message.ack(); // only now: killed before this line, the event is told again
  } catch (error) {
    process.stderr.write(`not handled: ${error.message}\n`);
    message.nak(5_000);
  }
}
await nats.drain();
