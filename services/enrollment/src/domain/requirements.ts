import { ageInMonths, type LocalDate } from '@matricula/kernel';
import { hasCome, type LocalMoment } from './local-time.js';

/** One thing that stands in the way of an enrolment, and what clears it (EN-25, B-06). */
export interface Requirement {
  readonly type: 'account' | 'eligibility' | 'profile' | 'schedule';
  readonly code: string;
  readonly detail: string;
}

/** What accounts says of a learner right now. */
export interface LearnerFacts {
  readonly accountEnabled: boolean;
  /** A provider's own account offers courses and books none (ID-28). */
  readonly accountBooks: boolean;
  readonly birthDate: LocalDate | null;
}

/** When somebody has to be somewhere: dates, from HH:MM to HH:MM. */
export interface Timetable {
  readonly title: string;
  readonly dates: readonly LocalDate[];
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface AgeLimits {
  readonly minAgeMonths: number | null;
  readonly maxAgeMonths: number | null;
}

/** The first date on which two timetables overlap in time; one may begin at the minute the other ends. */
export function clashOf(a: Omit<Timetable, 'title'>, b: Omit<Timetable, 'title'>): LocalDate | undefined {
  if (a.endsAt <= b.startsAt || b.endsAt <= a.startsAt) return undefined;
  const dates = new Set(a.dates);
  return b.dates.find((date) => dates.has(date));
}

/** Months as people say them: "6 years", "18 months". */
const ageText = (months: number): string => (months % 12 === 0 && months >= 24 ? `${months / 12} years` : `${months} months`);

/** What an age limit asks of somebody on a date. */
export function unmetAge(limits: AgeLimits, birthDate: LocalDate | null, on: LocalDate): readonly Requirement[] {
  const { minAgeMonths: min, maxAgeMonths: max } = limits;
  if (min === null && max === null) return [];
  if (birthDate === null) return [{ type: 'profile', code: 'learner.birth-date-missing', detail: 'Save the date of birth of the learner: this class has an age limit.' }];
  const age = ageInMonths(birthDate, on);
  if (min !== null && age < min) return [{ type: 'eligibility', code: 'learner.too-young', detail: `The learner is ${ageText(age)} old on ${on}; the class is for ${ageText(min)} and older.` }];
  if (max !== null && age > max) return [{ type: 'eligibility', code: 'learner.too-old', detail: `The learner is ${ageText(age)} old on ${on}; the class is for up to ${ageText(max)}.` }];
  return [];
}

export interface Application {
  /** undefined: the account has no such person. */
  readonly learner: LearnerFacts | undefined;
  readonly wanted: Timetable & AgeLimits;
  /** The learner's other confirmed and pending classes. */
  readonly others: readonly Timetable[];
  readonly now: LocalMoment;
}

/** Everything that stands in the way, all at once: no gate hides another. */
export function unmetRequirements({ learner, wanted, others, now }: Application): readonly Requirement[] {
  const unmet: Requirement[] = [];
  if (!learner) unmet.push({ type: 'profile', code: 'learner.not-in-account', detail: 'Choose a learner of this account, or add the learner to it.' });
  if (learner && !learner.accountEnabled) unmet.push({ type: 'account', code: 'account.disabled', detail: 'Ask the provider to enable the account.' });
  if (learner && !learner.accountBooks) unmet.push({ type: 'account', code: 'account.cannot-book', detail: 'An account of the provider offers courses. Book for an account of a customer.' });
  const [firstDate] = wanted.dates;
  if (learner && firstDate !== undefined) unmet.push(...unmetAge(wanted, learner.birthDate, firstDate));
  const lastDate = wanted.dates.at(-1);
  if (lastDate === undefined || hasCome(lastDate, wanted.endsAt, now)) unmet.push({ type: 'schedule', code: 'class.not-open', detail: 'The class has ended. Choose one that has not.' });
  if (learner) {
    for (const other of others) {
      const date = clashOf(wanted, other);
      if (date !== undefined) unmet.push({ type: 'schedule', code: 'learner.schedule-clash', detail: `The learner is in ${other.title} at the same time, first on ${date}.` });
    }
  }
  return unmet;
}
