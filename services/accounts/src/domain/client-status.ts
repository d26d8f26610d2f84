import { addMs, type Instant } from '@matricula/kernel';

export type ClientStatus = 'prospect' | 'live' | 'dormant';

const liveMs = 180 * 24 * 3_600_000;

/** Where somebody stands who bought or booked last at this time, if ever: live for half a year (ID-38). */
export function clientStatus(lastAt: Instant | undefined, now: Instant): ClientStatus {
  if (lastAt === undefined) return 'prospect';
  return addMs(lastAt, liveMs) > now ? 'live' : 'dormant';
}
