import { expect, it } from '@jest/globals';
import { Passwords } from './passwords.js';

const passwords = new Passwords();

it('keeps passwords as argon2id with 19 MiB and two passes, each with a salt of its own', async () => {
  const [one, two] = await Promise.all([passwords.hash('harbour lights'), passwords.hash('harbour lights')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
});
it('knows the right password, however its accents are composed, and no other', async () => {
  const hash = await passwords.hash('caf\u00e9 am Hafen');
  expect(await passwords.match(hash, 'cafe\u0301 am Hafen')).toBe(true);
  expect(await passwords.match(hash, 'cafe am Hafen')).toBe(false);
});
it('says no to everything when there is no login, after the same work', async () => {
  const hash = await passwords.hash('harbour lights');
  const spent = async (work: () => Promise<unknown>): Promise<number> => {
    const times = [];
    for (let n = 0; n < 7; n += 1) {
      const from = performance.now();
      await work();
      times.push(performance.now() - from);
    }
    return Math.min(...times);
  };
  expect(await passwords.match(undefined, 'harbour lights')).toBe(false);
  const known = await spent(() => passwords.match(hash, 'wrong'));
  const unknown = await spent(() => passwords.match(undefined, 'wrong'));
  expect(unknown).toBeGreaterThan(known / 2);
});
