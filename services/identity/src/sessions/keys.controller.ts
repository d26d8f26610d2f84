import { Controller } from '@nestjs/common';
import { PublishKeys, type ReplyOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { AccessTokens } from './access-tokens.js';

/** The keys that verify access tokens. */
@Controller()
export class KeysController {
  constructor(private readonly accessTokens: AccessTokens) {}

  @Handles(PublishKeys)
  publishKeys(): ReplyOf<typeof PublishKeys> {
    return { keys: this.accessTokens.publicKeys.map((key) => ({ ...key })) };
  }
}
