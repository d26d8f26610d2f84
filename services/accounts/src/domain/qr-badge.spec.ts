import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { expiryOf, hasCode, qrAggregate, revokeCodes, scanCode, type QrFact } from './qr-badge.js';

const now = '2026-08-01T16:20:00.000Z';
const who = { accountId: 'acc_1', personId: 'per_1' };
const code = { ...who, generation: 0, expiresAt: '2026-08-02T17:00:00.000Z' };
const revoked: QrFact = { type: 'CodesRevoked', ...who };

describe('ID-25 a QR code', () => {
  it('rotates every hour and is good for a day after', () => {
    expect([expiryOf(now), expiryOf('2026-08-01T16:59:59.999Z'), expiryOf('2026-08-01T17:00:00.000Z')]).toEqual([code.expiresAt, code.expiresAt, '2026-08-02T18:00:00.000Z']);
  });
  it('checks in once per scan', () => {
    const scanned: QrFact = { type: 'CodeScanned', ...who, scanId: 'scn_1', at: now };
    given(qrAggregate).when((s) => scanCode(s, code, 'scn_1', now)).then(scanned);
    given(qrAggregate, scanned).when((s) => scanCode(s, code, 'scn_1', now)).thenNothing();
  });
  it('that expired or was revoked is worthless; the next generation is not', () => {
    given(qrAggregate).when((s) => scanCode(s, code, 'scn_1', code.expiresAt)).thenRejected('qr.expired');
    given(qrAggregate).when(() => revokeCodes('acc_1', 'per_1')).then(revoked);
    given(qrAggregate, revoked).when((s) => scanCode(s, code, 'scn_1', now)).thenRejected('qr.revoked');
    given(qrAggregate, revoked).when((s) => scanCode(s, { ...code, generation: 1 }, 'scn_1', now)).thenTypes('CodeScanned');
  });
  it('belongs to students', () => {
    expect((['learner', 'independent', 'employee', 'primary_guardian', 'manager'] as const).map(hasCode)).toEqual([true, true, true, false, false]);
  });
});
