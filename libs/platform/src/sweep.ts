import type { Logger } from 'pino';

/**
 * Repeats `work` every `everyMs` in this process, never two at once; a failure is logged and the next round tries
 * again. For finding by index what a crash left unfinished: the store is the truth, timers may be lost.
 */
export class Sweep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.work()
        .catch((error: unknown) => this.logger.warn({ err: error, sweep: this.name }, 'sweep failed'))
        .finally(() => {
          this.running = undefined;
        });
    }, this.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }
}
