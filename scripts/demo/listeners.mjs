// The two external systems of the demo: a durable JetStream consumer with its own credentials, and a webhook endpoint.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Stop } from '../lib/say.mjs';

const DURABLE = 'consumer-demo__events';

/** Hears every event of the platform, those of before that nobody has acknowledged first. The durable is made by npm start. */
export async function openConsumer({ natsUrl, data }) {
  const secrets = JSON.parse(readFileSync(path.join(data, 'secrets.json'), 'utf8'));
  const nats = await connect({ servers: natsUrl, user: 'consumer-demo', pass: secrets.natsPasswords['consumer-demo'], inboxPrefix: '_INBOX_consumer-demo', maxReconnectAttempts: -1, noAsyncTraces: true });
  const consumer = await jetstream(nats).consumers.get('EVENTS', DURABLE).catch((error) => {
    throw new Stop(`The consumer ${DURABLE} is not there (${error.message}). Make it: node scripts/external-consumers.mjs`);
  });
  const messages = await consumer.consume({ max_messages: 100 });
  const events = new Map();
  const reading = (async () => {
    for await (const message of messages) {
      const attributes = Object.fromEntries([...message.headers].filter(([name]) => name.startsWith('ce-')).map(([name, values]) => [name.slice(3), values[0]]));
      events.set(attributes.id, { ...attributes, data: message.json() });
      message.ack();
    }
  })();
  reading.catch(() => undefined);
  return {
    events: () => [...events.values()],
    close: async () => {
      await messages.close();
      await nats.drain();
    },
  };
}

/** Receives webhooks and keeps only those whose signature is right. */
export async function openWebhookReceiver() {
  const state = { secret: undefined, events: new Map(), rejected: 0 };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const event = new Webhook(state.secret).verify(Buffer.concat(chunks).toString(), request.headers);
        state.events.set(request.headers['webhook-id'], event);
        response.writeHead(204).end();
      } catch {
        state.rejected += 1;
        response.writeHead(400).end();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/hooks`,
    trust: (secret) => { state.secret = secret; },
    events: () => [...state.events.values()],
    rejected: () => state.rejected,
    close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}
