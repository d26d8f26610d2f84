import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>;

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

/** As much of CBOR as an authenticator speaks. Source: RFC 8949. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)])]);
}

const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest();
const encoded = (data: Buffer): string => data.toString('base64url');
const flags = { present: 0x01, verified: 0x04, attested: 0x40 };

/** What a test may make go wrong. */
export interface Oddity {
  readonly origin?: string;
  readonly unverified?: boolean;
  readonly counter?: number;
  readonly credentialId?: string;
}

/** A device that keeps one passkey: real keys, real signatures (ES256), attestation `none`. */
export class SoftwareAuthenticator {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly credentialId = randomBytes(32);
  private userHandle = Buffer.alloc(0);
  private counter = 0;

  constructor(
    private readonly origin: string,
    private readonly rpId = new URL(origin).hostname,
  ) {}

  /** navigator.credentials.create. */
  create(options: { readonly challenge: string; readonly user: { readonly id: string } }, odd: Oddity = {}): Readonly<Record<string, unknown>> {
    this.userHandle = Buffer.from(options.user.id, 'base64url');
    const publicKey = cose(this.keys.publicKey);
    const length = Buffer.from([this.credentialId.length >> 8, this.credentialId.length & 0xff]);
    const authData = Buffer.concat([this.authData(flags.attested, odd), Buffer.alloc(16), length, this.credentialId, publicKey]);
    const attestationObject = cbor(new Map<string, Cbor>([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]));
    return this.credential({ clientDataJSON: this.clientData('webauthn.create', options.challenge, odd), attestationObject: encoded(attestationObject), transports: ['internal'] }, odd);
  }

  /** navigator.credentials.get. */
  get(options: { readonly challenge: string }, odd: Oddity = {}): Readonly<Record<string, unknown>> {
    this.counter = odd.counter ?? this.counter + 1;
    const authData = this.authData(0, odd);
    const clientDataJSON = this.clientData('webauthn.get', options.challenge, odd);
    const signature = sign('sha256', Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))]), this.keys.privateKey);
    return this.credential({ clientDataJSON, authenticatorData: encoded(authData), signature: encoded(signature), userHandle: encoded(this.userHandle) }, odd);
  }

  private authData(more: number, { unverified = false }: Oddity): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(this.rpId), Buffer.from([flags.present | (unverified ? 0 : flags.verified) | more]), counter]);
  }

  private clientData(type: string, challenge: string, { origin = this.origin }: Oddity): string {
    return encoded(Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })));
  }

  private credential(response: Readonly<Record<string, unknown>>, { credentialId = encoded(this.credentialId) }: Oddity): Readonly<Record<string, unknown>> {
    return { id: credentialId, rawId: credentialId, type: 'public-key', clientExtensionResults: {}, response };
  }
}

/** A P-256 key as COSE. Source: RFC 9053 §7.1. */
function cose(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return cbor(new Map<number, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]));
}
