/** A page's documents as JSON: with what a reply adds to them well below NATS's 1 MB. */
export const maxPageBytes = 600_000;
