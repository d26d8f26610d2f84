import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';

// argon2id is the library's default. Source: OWASP Password Storage Cheat Sheet; 8–9 ms on the reference machine
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Passwords as argon2id hashes. */
@Injectable()
export class Passwords {
  private readonly nobodys = hash(randomBytes(24), options);

  async hash(password: string): Promise<string> {
    return hash(password.normalize('NFKC'), options);
  }

  /** Takes the same time when there is no hash to compare with: nobody learns from it who has a login. */
  async match(passwordHash: string | null | undefined, password: string): Promise<boolean> {
    const matches = await verify(passwordHash ?? (await this.nobodys), password.normalize('NFKC'));
    return matches && typeof passwordHash === 'string';
  }
}
