import { Controller } from '@nestjs/common';
import { PublishKeys, RotateSigningKeys, type Ctx, type ReplyOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { AccessTokens } from './access-tokens.js';

/** The keys that verify access tokens. */
@Controller()
export class KeysController {
  constructor(private readonly accessTokens: AccessTokens) {}

  @Handles(PublishKeys)
  async publishKeys(): Promise<ReplyOf<typeof PublishKeys>> {
    return { keys: [...(await this.accessTokens.publicKeys())] };
  }

  @Handles(RotateSigningKeys)
  async rotateSigningKeys(ctx: Ctx): Promise<ReplyOf<typeof RotateSigningKeys>> {
    const { current, next, retired } = await this.accessTokens.rotate(ctx);
    return { current: current.kid, next: next.kid, retiring: retired.map(({ key, until }) => ({ kid: key.kid, until })) };
  }
}
