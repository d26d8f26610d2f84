import { Controller } from '@nestjs/common';
import { CreateClass, GetClass, ImportProgrammes, ListClasses, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { createClass } from '../domain/class.js';
import { ClassStore } from './class.store.js';
import { classView, classWithSchedule } from './class.view.js';
import { ProgrammeImport } from './programme-import.js';

@Controller()
export class CatalogueController {
  constructor(
    private readonly classes: ClassStore,
    private readonly programmes: ProgrammeImport,
  ) {}

  @Handles(ImportProgrammes)
  async importProgrammes(ctx: Ctx, { csv, rules }: RequestOf<typeof ImportProgrammes>): Promise<ReplyOf<typeof ImportProgrammes>> {
    return this.programmes.load(ctx, csv, rules);
  }

  @Handles(CreateClass)
  async createClass(ctx: Ctx, body: RequestOf<typeof CreateClass>): Promise<ReplyOf<typeof CreateClass>> {
    const weekdays = [...new Set(body.weekdays)].toSorted((a, b) => a - b);
    const programme = { ...body, weekdays, minAgeMonths: body.minAgeMonths ?? null, maxAgeMonths: body.maxAgeMonths ?? null };
    return classView(await this.classes.change(ctx, this.classes.idOf(ctx, body.code), (found) => createClass(found, programme)), ctx.now);
  }

  @Handles(ListClasses)
  async listClasses(ctx: Ctx, body: RequestOf<typeof ListClasses>): Promise<ReplyOf<typeof ListClasses>> {
    const page = await this.classes.page(ctx, body.locationId === undefined ? {} : { locationId: body.locationId }, { field: 'title', order: 1 }, body);
    return { ...page, items: page.items.map((item) => classView(item, ctx.now)) };
  }

  @Handles(GetClass)
  async getClass(ctx: Ctx, body: RequestOf<typeof GetClass>): Promise<ReplyOf<typeof GetClass>> {
    return classWithSchedule(await this.classes.get(ctx, body.classId), ctx.now);
  }
}
