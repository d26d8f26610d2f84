import { Binary, Long, ObjectId, type Reply, replyOf, Timestamp } from '../bson/value.js';
import { limits } from '../limits.js';
import type { Call, CommandGroup } from './command.js';

/** What the server claims to be; drivers choose their commands by it. */
export const serverVersion = '8.0.4';
const wireVersion = 25;
const electionId = new ObjectId('7fffffff0000000000000001');
const term = Long.fromNumber(1);
const noSignature = replyOf({ hash: new Binary(Buffer.alloc(20)), keyId: Long.ZERO });

let lastSecond = 0;
let increment = 0;

/** A timestamp later than all before it. */
function nextTimestamp(): Timestamp {
  const second = Math.floor(Date.now() / 1000);
  if (second > lastSecond) {
    lastSecond = second;
    increment = 0;
  }
  return new Timestamp({ t: lastSecond, i: ++increment });
}

/** What drivers want on every reply for causally consistent sessions. */
export function clusterTimes(): Reply {
  const now = nextTimestamp();
  return replyOf({ operationTime: now, $clusterTime: { clusterTime: now, signature: noSignature } });
}

// Never sent: topologyVersion (turns on streaming monitoring), compression, saslSupportedMechs.
function hello({ engine, connectionId }: Call): Reply {
  const now = new Date();
  const opTime = { ts: new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }), t: term };
  return replyOf({
    helloOk: true, isWritablePrimary: true, ismaster: true, secondary: false,
    setName: 'rs0', setVersion: 1, electionId, hosts: [engine.address], me: engine.address, primary: engine.address,
    lastWrite: { opTime, lastWriteDate: now, majorityOpTime: opTime, majorityWriteDate: now },
    maxBsonObjectSize: limits.documentBytes, maxMessageSizeBytes: limits.messageBytes, maxWriteBatchSize: limits.writeBatch,
    localTime: now, logicalSessionTimeoutMinutes: limits.sessionIdleMs / 60_000, connectionId,
    minWireVersion: 0, maxWireVersion: wireVersion, readOnly: false,
  });
}

function buildInfo(): Reply {
  return replyOf({
    version: serverVersion, versionArray: [8, 0, 4, 0], gitVersion: 'matricula-embedded-mongo', modules: [], storageEngines: ['journal'],
    javascriptEngine: 'none', bits: 64, debug: false, maxBsonObjectSize: limits.documentBytes,
  });
}

function connectionStatus(): Reply {
  return replyOf({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } });
}

function nothing(): Reply {
  return new Map();
}

/** The commands by which drivers and tools find out whom they talk to. */
export const handshakeCommands: CommandGroup = {
  hello: { run: hello },
  isMaster: { run: hello },
  ismaster: { run: hello },
  ping: { run: nothing },
  buildInfo: { run: buildInfo },
  buildinfo: { run: buildInfo },
  connectionStatus: { run: connectionStatus },
  whatsmyuri: { run: () => replyOf({ you: '127.0.0.1:0' }) },
  getLog: { run: () => replyOf({ totalLinesWritten: 0, log: [] }) },
};
