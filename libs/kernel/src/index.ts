export * from './aggregate.js';
export * from './csv.js';
export * from './dates.js';
export * from './invariant.js';
export * from './money.js';
export * from './rejection.js';
export * from './text.js';
