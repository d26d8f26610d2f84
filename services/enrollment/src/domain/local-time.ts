import type { Instant, LocalDate } from '@matricula/kernel';

/** A moment on the provider's wall clock, 'YYYY-MM-DD HH:MM': compares as text. */
export type LocalMoment = string;

/** What the wall clock in an IANA time zone shows at an instant. The Swedish locale writes dates as ISO 8601 does. */
export function localMomentAt(instant: Instant, timeZone: string): LocalMoment {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
  return shown.format(new Date(instant));
}

/** The date of a wall-clock moment. */
export const dateOf = (moment: LocalMoment): LocalDate => moment.slice(0, 10);

/** Has what begins (or ends) at this date and time come, by the wall clock? At the very minute: yes. */
export const hasCome = (date: LocalDate, timeOfDay: string, now: LocalMoment): boolean => `${date} ${timeOfDay}` <= now;
