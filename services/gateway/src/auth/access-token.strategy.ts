import { callbackify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AccessTokenClaims, TenantId } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Caller } from './caller.js';
import type { KeySet } from './key-set.js';

type Verified = (error: unknown, claims?: unknown) => void;

// passport-jwt verifies by jsonwebtoken, which knows no EdDSA: its verifier is replaced by ours. The key it hands over is the key set.
Object.assign(Strategy, {
  JwtVerifier: (token: string, keys: KeySet, _options: unknown, done: Verified): void => {
    callbackify(() => keys.verify(token))(done);
  },
});

/** Authorization: Bearer <access token> → the caller. Without state: passport keeps one strategy of a name per process, the keys come with the request. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (request: FastifyRequest, _token: unknown, done: (error: unknown, key?: never) => void) => done(null, request.keySet as never),
    });
  }

  validate(payload: unknown): Caller {
    const claims = AccessTokenClaims.safeParse(payload);
    if (!claims.success) throw new Rejection('auth.token-invalid');
    const { sub: id, tid, sid: sessionId } = claims.data;
    const tenantId = TenantId.safeParse(tid);
    if (!tenantId.success) throw new Rejection('auth.token-invalid');
    // nothing but who: what they may do is asked by the guard
    return { tenantId: tenantId.data, actor: { type: 'user', id, roles: [], grants: [], sessionId } };
  }
}
