import { Controller } from '@nestjs/common';
import { BeginViewing, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Audit, Handles } from '@matricula/platform';
import { PlaceView } from '../accounts/place.view.js';

@Controller()
export class ViewingController {
  constructor(
    private readonly places: PlaceView,
    private readonly audit: Audit,
  ) {}

  @Handles(BeginViewing)
  async beginViewing(ctx: Ctx, { accountId, personId }: RequestOf<typeof BeginViewing>): Promise<ReplyOf<typeof BeginViewing>> {
    const { member } = await this.places.get(ctx, accountId, personId);
    await this.audit.note(ctx, { entity: 'person', entityId: personId, accountId, action: 'ViewedAs' });
    return { role: member.role };
  }
}
