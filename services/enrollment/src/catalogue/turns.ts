import { Rejection } from '@matricula/kernel';

/** More than this many waiting for one key would all run into their time-outs. */
const maxWaiting = 1_000;

/**
 * Work on one key goes one after the other within this process, so that a rush on one class is a queue and not a
 * race that most lose. Only for speed: what keeps the seats right is the guarded write.
 */
export class Turns {
  private readonly lines = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** Rejects `conflict.busy` when the line is too long. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= maxWaiting) throw new Rejection('conflict.busy');
    this.lines.set(key, line);
    line.waiting += 1;
    const mine = line.last.then(work, work);
    line.last = mine;
    try {
      return await mine;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.lines.delete(key);
    }
  }
}
