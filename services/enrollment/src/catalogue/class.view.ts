import type { CatalogueClass, GetClass, ReplyOf } from '@matricula/contracts';
import type { Instant } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import type { ClassState } from '../domain/class.js';
import { openOn, openPlaces } from '../domain/seat-ledger.js';

/** A class of the catalogue with the places that are open at this instant. */
export function classView({ id, version, state }: Stored<ClassState>, now: Instant): CatalogueClass {
  const { code, title, category, locationId, locationName, weekdays, startsAt, endsAt, firstDate, lastDate, minAgeMonths, maxAgeMonths, fee, dates, seats } = state;
  return {
    id, code, title, category, locationId, locationName, weekdays: [...weekdays], startsAt, endsAt, firstDate, lastDate, sessions: dates.length,
    minAgeMonths, maxAgeMonths, fee, capacity: seats.capacity, openPlaces: Math.max(0, openPlaces(seats, now)), version,
  };
}

/** The same with each session and its places for makeups. */
export function classWithSchedule(stored: Stored<ClassState>, now: Instant): ReplyOf<typeof GetClass> {
  const { dates, startsAt, endsAt, seats } = stored.state;
  return { ...classView(stored, now), schedule: dates.map((date) => ({ date, startsAt, endsAt, openPlaces: Math.max(0, openOn(seats, date, now)) })) };
}
