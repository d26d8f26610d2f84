import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, newId, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { abandonFile, uploadMs } from '../domain/stored-file.js';
import { FileIntake } from './file-intake.js';
import { FileStore } from './file.store.js';

const limits = { sweepMs: 5_000, batch: 100 };

/** Finds files whose bytes have yet to follow (a process died, a file was removed) and uploads that nobody finished in a day. */
@Injectable()
export class FileSweep implements Prepared {
  private readonly sweeping: Sweep;

  constructor(
    private readonly files: FileStore,
    private readonly intake: FileIntake,
    @Inject(CLOCK) private readonly clock: Clock,
    parts: StoreParts,
  ) {
    this.sweeping = new Sweep('files', limits.sweepMs, () => this.round(), parts.logger);
  }

  async prepare(): Promise<void> {
    this.sweeping.start();
  }

  async stop(): Promise<void> {
    await this.sweeping.stop();
  }

  /** One round. */
  async round(): Promise<void> {
    const before = new Date(Date.now() - uploadMs).toISOString();
    for (const { tenantId, id, state } of await this.files.unfinished(before, limits.batch)) {
      const ctx: Ctx = { tenantId, actor: { type: 'service', id: 'accounts' }, correlationId: newId('cor'), now: this.clock.now(tenantId) };
      if (state.unsettled === true) await this.intake.settle(ctx, id, state);
      else await this.files.changeExisting(ctx, id, (now) => abandonFile(now, ctx.now));
    }
  }
}
