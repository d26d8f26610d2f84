import { notImplemented } from '../errors.js';
import { parseFilter } from '../query/filter-parser.js';
import type { Query } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import type { Arguments } from './arguments.js';
import { refuseCollation } from './collation.js';

/** The fields of a find that say what is wanted. */
export const findFields = ['filter', 'projection', 'sort', 'skip', 'limit', 'batchSize', 'singleBatch', 'hint', 'collation', 'let', 'allowDiskUse',
  'noCursorTimeout', 'tailable', 'awaitData', 'returnKey', 'showRecordId', 'min', 'max', 'allowPartialResults', 'oplogReplay'];

/** Reads what a find or a count wants. */
export function queryOf(args: Arguments, filterName: 'filter' | 'query'): Query {
  refuseCollation(args);
  for (const name of ['tailable', 'awaitData', 'returnKey', 'showRecordId', 'min', 'max', 'let']) {
    if (args.flag(name)) throw notImplemented(`find with '${name}'`);
  }
  return {
    filter: parseFilter(args.optionalDocument(filterName) ?? new Map()),
    sort: parseSort(args.optionalDocument('sort') ?? new Map()),
    skip: args.count('skip') ?? 0,
    limit: Math.abs(args.integer('limit') ?? 0),
    hint: args.value('hint'),
  };
}
