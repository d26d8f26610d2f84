import { CommandError } from './errors.js';
import { limits } from './limits.js';

/** Ends a command that takes too long or makes too much. Cooperative: whoever loops over documents calls `check` for each. */
export class Deadline {
  private at = 0;
  private count = 0;
  private elements = 0;
  private left: number;

  /** @param maxTimeMs as the client sent it; 0 means the server's own limit. */
  constructor(private readonly maxTimeMs: number) {
    this.left = maxTimeMs > 0 ? maxTimeMs : limits.queryMs;
    this.restart();
  }

  /** A cursor may lie idle between two batches: the client's time stands still, the server's own begins anew. */
  pause(): void {
    if (this.maxTimeMs > 0) this.left = Math.max(0, this.at - performance.now());
  }

  restart(): void {
    this.at = performance.now() + this.left;
  }

  /** Before each document. Throws 50 MaxTimeMSExpired. */
  check(): void {
    this.elements = 0;
    if (++this.count % limits.deadlineStride === 0) this.look();
  }

  /** Counts elements that an expression goes through or makes for one document. Throws 146 when they are too many, and 50. */
  spend(elements: number): void {
    const before = this.elements;
    this.elements += elements;
    if (this.elements > limits.expressionElements) throw new CommandError(146, `an expression made more than ${limits.expressionElements} elements for one document`);
    if (Math.floor(before / limits.deadlineStride) !== Math.floor(this.elements / limits.deadlineStride)) this.look();
  }

  private look(): void {
    if (performance.now() > this.at) throw new CommandError(50, 'operation exceeded time limit');
  }
}
