import { Controller } from '@nestjs/common';
import { GetVisibility, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { VisibilityView } from './visibility.view.js';

@Controller()
export class VisibilityController {
  constructor(private readonly view: VisibilityView) {}

  @Handles(GetVisibility)
  getVisibility(ctx: Ctx, body: RequestOf<typeof GetVisibility>): Promise<ReplyOf<typeof GetVisibility>> {
    return this.view.of(ctx, body);
  }
}
