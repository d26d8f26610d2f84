import { randomUUID } from 'node:crypto';
import { Binary, type Reply, replyOf } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { forgetSessions } from '../sessions.js';
import type { Call, CommandGroup } from './command.js';

function startSession(): Reply {
  const id = new Binary(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
  return replyOf({ id: { id }, timeoutMinutes: limits.sessionIdleMs / 60_000 });
}

function endSessions(call: Call): Reply {
  forgetSessions(call.transaction, call.args.array('endSessions'));
  return new Map();
}

function noTransaction(): Reply {
  throw new CommandError(251, 'the embedded server has no transactions; use MongoDB for them');
}

/** Commands on sessions. */
export const sessionCommands: CommandGroup = {
  startSession: { run: startSession },
  refreshSessions: { run: () => new Map() },
  endSessions: { run: endSessions },
  killSessions: { run: () => new Map() },
  killAllSessions: { run: () => new Map() },
  commitTransaction: { run: noTransaction },
  abortTransaction: { run: noTransaction },
};
