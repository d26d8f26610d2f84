import { createServer, type Server, type Socket } from 'node:net';
import { Catalog } from './catalog/catalog.js';
import type { Engine } from './commands/command.js';
import { Cursors } from './cursors.js';
import { Dispatcher } from './dispatcher.js';
import { limits } from './limits.js';
import { Maintenance } from './maintenance.js';
import { Store } from './storage/store.js';
import { Connection } from './wire/connection.js';

/** How to start a server. Either a data directory or `memory` must be given. */
export interface ServerOptions {
  /** 0 or `undefined` means some free port. */
  readonly port?: number;
  /** Where the data lives; made when it is not there. */
  readonly dataDir?: string;
  /** Keeps nothing after `stop()`; for tests. */
  readonly memory?: boolean;
  /** How often expired documents are looked for; MongoDB's minute by default. */
  readonly ttlIntervalMs?: number;
  /** The journal is compacted when it is larger than this and than twice the live data; 64 MiB by default. */
  readonly checkpointBytes?: number;
  /** Called once when the disk refuses a write. All clients are cut off: nothing more will be acknowledged. */
  readonly onFailure?: (error: Error) => void;
}

/** A running server. */
export interface EmbeddedMongo {
  readonly uri: string;
  readonly port: number;
  /** Answers what is in progress, writes everything to disk and lets go of the directory. */
  stop(): Promise<void>;
}

const host = '127.0.0.1'; // there is no authentication: nobody beyond this machine may reach the server

/** Starts a server. Throws when the directory is locked or damaged, or the port is taken. */
export async function start(options: ServerOptions): Promise<EmbeddedMongo> {
  if ((options.dataDir === undefined) === !options.memory) throw new Error('give either dataDir or memory: true');
  const sockets = new Map<Socket, Connection>();
  const running: { maintenance?: Maintenance } = {};
  const store = await Store.open({
    directory: options.dataDir,
    checkpointBytes: options.checkpointBytes,
    onFailure: (error) => {
      running.maintenance?.stop();
      for (const socket of sockets.keys()) socket.destroy();
      options.onFailure?.(error);
    },
  });
  const engine = { store, catalog: new Catalog(store), cursors: new Cursors(), address: '', startedAt: new Date() };
  const server = createServer((socket) => accept(engine, sockets, socket));
  server.maxConnections = limits.connections;
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    await store.close();
    throw error;
  }
  const port = portOf(server);
  engine.address = `${host}:${port}`;
  running.maintenance = new Maintenance(engine, options.ttlIntervalMs ?? 60_000);
  return {
    uri: `mongodb://${engine.address}/?replicaSet=rs0`,
    port,
    stop: async () => {
      running.maintenance?.stop();
      server.close();
      await Promise.all([...sockets.values()].map((connection) => connection.close()));
      await store.close();
    },
  };
}

let connectionId = 0;

function accept(engine: Engine, sockets: Map<Socket, Connection>, socket: Socket): void {
  socket.setNoDelay(true);
  const dispatcher = new Dispatcher(engine, ++connectionId);
  sockets.set(socket, new Connection(socket, (request) => dispatcher.answer(request)));
  socket.on('close', () => sockets.delete(socket));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}
