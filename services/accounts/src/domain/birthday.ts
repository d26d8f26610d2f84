import { isLocalDate, type LocalDate } from '@matricula/kernel';

export interface Remark {
  readonly code: string;
  readonly detail: string;
}
export type ReadBirthday = { readonly date: LocalDate; readonly warning?: Remark } | { readonly error: Remark };

const oldestYears = 120;
const written = (year: string, month: string, day: string): LocalDate => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
const failed = (code: string, detail: string): ReadBirthday => ({ error: { code, detail } });

/**
 * Reads a birthday from a file: ISO dates, day-first dates with dots, and slash dates whose order is certain.
 * 3/5/2013 is refused: it decides who may join a class, so nobody guesses it.
 */
export function readBirthday(text: string, today: LocalDate): ReadBirthday {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return checked(text, written(iso[1] ?? '', iso[2] ?? '', iso[3] ?? ''), today);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (dotted) return checked(text, written(dotted[3] ?? '', dotted[2] ?? '', dotted[1] ?? ''), today);
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (!slashed) return failed('birthday.unreadable', `"${text.slice(0, 40)}" is not a date. Write it as YYYY-MM-DD.`);
  const [, first = '', second = '', year = ''] = slashed;
  const [dayFirst, monthFirst] = [written(year, second, first), written(year, first, second)];
  if (isLocalDate(dayFirst) && isLocalDate(monthFirst) && dayFirst !== monthFirst) {
    return failed('birthday.ambiguous', `"${text}" is ${dayFirst} or ${monthFirst}. Write it as YYYY-MM-DD.`);
  }
  return checked(text, isLocalDate(dayFirst) ? dayFirst : monthFirst, today);
}

function checked(text: string, date: LocalDate, today: LocalDate): ReadBirthday {
  if (!isLocalDate(date)) return failed('birthday.impossible', `"${text}" is no day of the calendar.`);
  if (date > today) return failed('birthday.in-future', `"${text}" is in the future.`);
  if (Number(date.slice(0, 4)) < Number(today.slice(0, 4)) - oldestYears) return failed('birthday.impossible', `"${text}" is more than ${oldestYears} years ago.`);
  return date === text ? { date } : { date, warning: { code: 'birthday.rewritten', detail: `"${text}" was read as ${date}.` } };
}
