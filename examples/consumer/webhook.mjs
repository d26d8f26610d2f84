// An external system that is told of events by webhook: verifies the signature, then acts once on each event.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const secret = process.env.WEBHOOK_SECRET;
if (!secret) throw new Error('Set WEBHOOK_SECRET to the secret that was shown when the endpoint was registered (whsec_…).');
const webhook = new Webhook(secret);
const port = Number(process.env.PORT ?? 4000);
const largestBytes = 262_144;
const handled = new Set(); // a real system keeps these ids where it keeps its own data, in the same transaction

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > largestBytes) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Returns the status to answer: 2xx means done; everything else is told again, up to days later. */
async function receive(request) {
  if (request.method !== 'POST') return 405;
  try {
    const event = webhook.verify(await bodyOf(request), request.headers); // signature and age, over the exact bytes
    if (!handled.has(event.id)) process.stdout.write(`${JSON.stringify(event)}\n`);
    handled.add(event.id); // the same as the header webhook-id
    return 204;
  } catch (error) {
    process.stderr.write(`refused: ${error.message}\n`);
    return 400;
  }
}

const server = createServer((request, response) => void receive(request).then((status) => response.writeHead(status).end()));
server.listen(port, '127.0.0.1', () => process.stderr.write(`waiting for webhooks at http://127.0.0.1:${port}/\n`));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
