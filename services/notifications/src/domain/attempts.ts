import { addMs, invariant, isPast, type Instant } from '@matricula/kernel';

/**
 * Work that is tried until it is done. `dueAt` is when the next attempt may begin and is there only while the work is
 * open; an attempt that begins moves it ahead by a lease, so that a killed attempt is repeated and two never overlap.
 */
export interface Attempts {
  readonly attempts: number;
  readonly dueAt?: Instant | undefined;
}

/** Clocks of two machines may differ by this much. */
const skewMs = 1_000;
/** A quarter of it is longer than clocks differ and a store takes to note an end. */
export const shortestLeaseMs = 5_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Waits between attempts in milliseconds; one attempt more than waits. */
export type Schedule = readonly number[];

/** A mail is tried 13 times within two days: the mail server or a service that knows the address may be away. */
export const mailSchedule: Schedule = [1_000, 2_000, 5_000, 15_000, 30_000, minuteMs, 5 * minuteMs, 15 * minuteMs, hourMs, 4 * hourMs, 12 * hourMs, 24 * hourMs];
/** A webhook is tried 10 times within about three days. Source: Standard Webhooks, "Retries". */
export const webhookSchedule: Schedule = [5_000, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, 14 * hourMs, 20 * hourMs, 24 * hourMs];
/** A receiver that asks for more patience than this is asked again anyway. */
const longestWaitMs = 24 * hourMs;

/** An attempt is broken off after this long: the rest of its lease is for noting how it ended and for clocks that differ. */
export function attemptMs(leaseMs: number): number {
  invariant(leaseMs >= shortestLeaseMs, 'a lease is longer than clocks may differ');
  return Math.floor((leaseMs * 3) / 4);
}

/** May an attempt begin now? */
export function isDue(work: Attempts, now: Instant): boolean {
  return work.dueAt !== undefined && isPast(work.dueAt, addMs(now, skewMs));
}

/**
 * When the next attempt may begin after `attempts` failed ones, or undefined when that was the last. Spread by ±20 %,
 * so that what failed together does not return together; `random` is from [0, 1). `askedMs` is the receiver's own wish.
 */
export function nextAttemptAt(schedule: Schedule, attempts: number, at: { readonly now: Instant; readonly random: number; readonly askedMs?: number | undefined }): Instant | undefined {
  invariant(at.random >= 0 && at.random < 1, 'random is from [0, 1)');
  const waitMs = schedule[attempts - 1];
  if (waitMs === undefined) return undefined;
  const spreadMs = Math.round(waitMs * (0.8 + 0.4 * at.random));
  return addMs(at.now, Math.min(longestWaitMs * 1.2, Math.max(spreadMs, at.askedMs ?? 0)));
}
