/** The platform's one clock. */
export interface Clock {
  /** RFC 3339 UTC instant with milliseconds, as this tenant lives it. */
  now(tenantId: string): string;
}

/** Real time, the same for every tenant. */
export const systemClock: Clock = { now: () => new Date().toISOString() };
