import type { Names } from '../aggregation/expression.js';
import { namesOf } from '../aggregation/expression-parser.js';
import { notImplemented } from '../errors.js';
import { parseFilter } from '../query/filter-parser.js';
import type { Query } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import type { Arguments } from './arguments.js';
import type { Call } from './command.js';
import { refuseCollation } from './collation.js';

/** The fields of a find that say what is wanted. */
export const findFields = ['filter', 'projection', 'sort', 'skip', 'limit', 'batchSize', 'singleBatch', 'hint', 'collation', 'let', 'allowDiskUse',
  'noCursorTimeout', 'tailable', 'awaitData', 'returnKey', 'showRecordId', 'min', 'max', 'allowPartialResults', 'oplogReplay'];

/** What expressions of a command may name: `$$NOW`, and the variables of its `let`. */
export function namesFor({ deadline, args }: Pick<Call, 'deadline' | 'args'>): Names {
  return namesOf(deadline, args.optionalDocument('let'));
}

/** Reads what a find or a count wants. */
export function queryOf(args: Arguments, filterName: 'filter' | 'query', names: Names): Query {
  refuseCollation(args);
  for (const name of ['tailable', 'awaitData', 'returnKey', 'showRecordId', 'min', 'max']) {
    if (args.flag(name)) throw notImplemented(`find with '${name}'`);
  }
  return {
    filter: parseFilter(args.optionalDocument(filterName) ?? new Map(), names),
    sort: parseSort(args.optionalDocument('sort') ?? new Map()),
    skip: args.count('skip') ?? 0,
    limit: Math.abs(args.integer('limit') ?? 0),
    hint: args.value('hint'),
  };
}
