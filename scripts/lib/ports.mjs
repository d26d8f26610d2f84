// Free ports on loopback.
import net from 'node:net';
import { randomInt } from 'node:crypto';
import { Stop } from './say.mjs';

/**
 * Below the range that systems hand out for outgoing connections (from 32768): a process that is restarted on its old
 * port would otherwise find it taken by somebody's connection, at worst by a client that connected to itself.
 */
const LOWEST = 20_000;
const BEYOND = 32_000;
const MOST_TRIES = 200;

export const isFree = (port) => new Promise((resolve) => {
  const server = net.createServer();
  server.once('error', () => resolve(false));
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
});

/** A free port that is not in `taken`; adds it there. */
export async function freePort(taken) {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = randomInt(LOWEST, BEYOND);
    if (!taken.has(port) && await isFree(port)) { taken.add(port); return port; }
  }
  throw new Stop(`No free port found between ${LOWEST} and ${BEYOND - 1}.`);
}

const FIRST_GATEWAY_PORT = 3000;
const GATEWAY_PORTS = 100;

/** The port asked for (0: any), else 3000 or the next free one. */
export async function gatewayPort(asked, taken) {
  if (asked === 0) return freePort(taken);
  if (asked !== undefined) {
    if (!await isFree(asked)) throw new Stop(`Port ${asked} is taken. Choose another with --port, or leave --port out: 3000 or the next free one is used.`);
    return asked;
  }
  for (let port = FIRST_GATEWAY_PORT; port < FIRST_GATEWAY_PORT + GATEWAY_PORTS; port++) if (await isFree(port)) return port;
  throw new Stop(`No free port found between ${FIRST_GATEWAY_PORT} and ${FIRST_GATEWAY_PORT + GATEWAY_PORTS - 1}.`);
}

/** Waits until something accepts connections; false when the time is over or `given up` says so. */
export async function waitForTcp(port, timeoutMs, givenUp) {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end && !givenUp()) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
    if (open) return true;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return false;
}
