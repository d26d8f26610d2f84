export { type EmbeddedMongo, type ServerOptions, start } from './server.js';
