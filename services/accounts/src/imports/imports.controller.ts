import { Controller } from '@nestjs/common';
import { ImportFamilies } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { FamilyImport } from './family-import.js';

@Controller()
export class ImportsController {
  constructor(private readonly families: FamilyImport) {}

  @Handles(ImportFamilies)
  importFamilies(ctx: Ctx, { csv }: RequestOf<typeof ImportFamilies>): Promise<ReplyOf<typeof ImportFamilies>> {
    return this.families.load(ctx, csv);
  }
}
