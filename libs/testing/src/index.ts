export * from './context.js';
export * from './events.js';
export * from './given.js';
export * from './poll.js';
export * from './processes.js';
export * from './stack.js';
export * from './stand-in.js';
