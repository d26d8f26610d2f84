import { expect, it } from '@jest/globals';
import { RefreshTokens } from './refresh-tokens.js';

const withSecret = (secret: string): RefreshTokens => new RefreshTokens({ INVITATION_SECRET: secret });
const tokens = withSecret('a secret of this installation, long');
const sessionId = `ses_${'0'.repeat(32)}`;
const { token, hash } = tokens.first('harbour', sessionId);

it('a token leads to the next one, and to the same each time', () => {
  const read = tokens.read('harbour', token);
  expect(read).toMatchObject({ sessionId, generation: 1, hash });
  expect(tokens.read('harbour', token)).toEqual(read);
  const next = tokens.read('harbour', read?.successor ?? '');
  expect(next).toMatchObject({ sessionId, generation: 2, hash: read?.successorHash });
});
it('two first tokens differ', () => {
  expect(tokens.first('harbour', sessionId).token).not.toBe(token);
});
it('every changed letter makes a token none of ours', () => {
  for (let at = 0; at < token.length; at += 1) {
    const changed = `${token.slice(0, at)}${token[at] === '1' ? '2' : '1'}${token.slice(at + 1)}`;
    expect(tokens.read('harbour', changed)).toBeUndefined();
  }
});
it('a token of another provider or installation is none of ours', () => {
  expect(tokens.read('elsewhere', token)).toBeUndefined();
  expect(withSecret('another secret of another place, long').read('harbour', token)).toBeUndefined();
});
