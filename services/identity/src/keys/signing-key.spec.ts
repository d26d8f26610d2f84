import { expect, it } from '@jest/globals';
import { ConfigError } from '@matricula/platform';
import { keysFile, signingKeys } from '../../test/signing-keys.js';
import { keysOfFile, newKeyPair } from './signing-key.js';

const open = async (content: string): Promise<unknown> => {
  const keys = await keysFile(content);
  const opened = await keysOfFile(keys.path).catch((error: unknown) => error);
  await keys.remove();
  return opened;
};
const [a = {}, b = {}] = signingKeys('a', 'b').keys;

it('reads the keys an installation brings with it, and makes new ones', async () => {
  expect(await open(JSON.stringify({ keys: [a, b] }))).toMatchObject([{ kid: 'a', x: a['x'] }, { kid: 'b', x: b['x'] }]);
  const [one, two] = [newKeyPair(), newKeyPair()];
  expect(one.d).not.toBe(two.d);
  expect(await open(JSON.stringify({ keys: [{ ...a, ...one }] }))).toMatchObject([one]);
});
it.each([
  ['no JSON', 'not json'],
  ['no key', JSON.stringify({ keys: [] })],
  ['a public key only', JSON.stringify({ keys: [{ ...a, d: undefined }] })],
  ['one name for two keys', JSON.stringify({ keys: [a, { ...b, kid: 'a' }] })],
  ['halves of different pairs', JSON.stringify({ keys: [{ ...a, x: b['x'] }] })],
])('does not start with %s: names the variable, never the key', async (_what, content) => {
  const failure = await open(content);
  expect(failure).toBeInstanceOf(ConfigError);
  expect(String(failure)).toContain('SIGNING_KEYS_FILE');
  expect(String(failure)).not.toContain(String(a['d']));
});
