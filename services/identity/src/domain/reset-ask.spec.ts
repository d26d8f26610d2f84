import { it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { answerReset, askReset, resetAsks, type ResetAskFact } from './reset-ask.js';

const now = '2026-09-01T10:00:00.000Z';
const asked: ResetAskFact = { type: 'ResetAsked', name: 'ada@example.org', at: now };

it('ID-17 every name is asked for alike, answered once, and forgotten with the answer', () => {
  given(resetAsks).when(() => askReset('ada@example.org', now)).then(asked);
  given(resetAsks, asked).when((ask) => (ask ? answerReset(ask) : [])).then({ type: 'ResetAnswered' });
  given(resetAsks, asked, { type: 'ResetAnswered' }).when((ask) => (ask ? answerReset(ask) : [])).thenNothing();
});
