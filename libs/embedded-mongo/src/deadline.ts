import { CommandError } from './errors.js';
import { limits } from './limits.js';

/** Ends a command that takes too long. Cooperative: whoever loops over documents calls `check` for each. */
export class Deadline {
  private at = 0;
  private count = 0;

  /** @param maxTimeMs as the client sent it; 0 means the server's own limit. */
  constructor(private readonly maxTimeMs: number) {
    this.restart();
  }

  /** Gives the time anew: for each batch of a cursor, which may lie idle in between. */
  restart(): void {
    this.at = performance.now() + (this.maxTimeMs > 0 ? this.maxTimeMs : limits.queryMs);
  }

  /** Throws 50 MaxTimeMSExpired. */
  check(): void {
    if (++this.count % limits.deadlineStride === 0 && performance.now() > this.at) throw new CommandError(50, 'operation exceeded time limit');
  }
}
