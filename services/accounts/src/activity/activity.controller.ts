import { Controller } from '@nestjs/common';
import { ListActivity, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { ActivityView } from './activity.view.js';

@Controller()
export class ActivityController {
  constructor(private readonly activity: ActivityView) {}

  @Handles(ListActivity)
  listActivity(ctx: Ctx, body: RequestOf<typeof ListActivity>): Promise<ReplyOf<typeof ListActivity>> {
    return this.activity.list(ctx, body);
  }
}
