import { Inject, Injectable } from '@nestjs/common';
import { generateAuthenticationOptions, generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import type { PasskeyAssertion, PasskeyRegistration } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { CONFIG } from '@matricula/platform';
import type { z } from 'zod';
import type { IdentityConfig } from '../config.js';
import type { Passkey } from '../domain/factors.js';
import { challengeBytes } from '../sessions/challenges.js';

type Registered = Pick<Passkey, 'credentialId' | 'publicKey' | 'transports' | 'counter'>;
interface Owner {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly known: readonly Passkey[];
}

const timeout = 300_000;
const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
/** What the device is to sign, as the library compares it. */
const expected = (challenge: string): string => challengeBytes(challenge).toString('base64url');

/** Passkeys by the WebAuthn ceremonies: the device verifies its owner, who makes it is not asked. Source: WebAuthn Level 3, §7. */
@Injectable()
export class WebAuthn {
  private readonly origin: string;
  private readonly host: string;

  constructor(@Inject(CONFIG) config: IdentityConfig) {
    this.origin = config.PUBLIC_URL;
    this.host = new URL(config.PUBLIC_URL).hostname;
  }

  async creationOptions(challenge: string, { id, email, name, known }: Owner) {
    return generateRegistrationOptions({
      rpName: 'Matricula', rpID: this.host, timeout,
      userName: email, userDisplayName: name, userID: bytes(id),
      challenge: new Uint8Array(challengeBytes(challenge)),
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports: [...transports] })),
    });
  }

  /** Rejects `passkey.refused`. */
  async registered(challenge: string, response: z.output<typeof PasskeyRegistration>): Promise<Registered> {
    const { id, rawId, type, response: { clientDataJSON, attestationObject, transports = [] } } = response;
    const { verified, registrationInfo } = await accepted(() =>
      verifyRegistrationResponse({ response: { id, rawId, type, clientExtensionResults: {}, response: { clientDataJSON, attestationObject } }, expectedChallenge: expected(challenge), expectedOrigin: this.origin, expectedRPID: this.host }),
    );
    if (!verified) throw new Rejection('passkey.refused');
    const { credential } = registrationInfo;
    return { credentialId: credential.id, publicKey: Buffer.from(credential.publicKey).toString('base64url'), transports, counter: credential.counter };
  }

  /** For whoever holds a passkey here; the device says who that is. */
  async requestOptions(challenge: string) {
    return generateAuthenticationOptions({ rpID: this.host, timeout, challenge: new Uint8Array(challengeBytes(challenge)), userVerification: 'required' });
  }

  /** The counter the device shows now; rejects `passkey.refused`. */
  async asserted(challenge: string, response: z.output<typeof PasskeyAssertion>, passkey: Passkey): Promise<number> {
    const { id, rawId, type, response: { clientDataJSON, authenticatorData, signature, userHandle } } = response;
    const { verified, authenticationInfo } = await accepted(() =>
      verifyAuthenticationResponse({
        response: { id, rawId, type, clientExtensionResults: {}, response: { clientDataJSON, authenticatorData, signature, ...(userHandle === undefined ? {} : { userHandle }) } },
        expectedChallenge: expected(challenge), expectedOrigin: this.origin, expectedRPID: this.host,
        // the counter is judged where it is kept
        credential: { id: passkey.credentialId, publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')), counter: 0 },
      }),
    );
    if (!verified) throw new Rejection('passkey.refused');
    return authenticationInfo.newCounter;
  }
}

/** Whatever the library does not accept, it throws as a plain error. */
async function accepted<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch {
    throw new Rejection('passkey.refused');
  }
}
