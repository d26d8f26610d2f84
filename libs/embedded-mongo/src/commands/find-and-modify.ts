import { documentOf, type Document, type Reply, replyOf } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { parseFilter } from '../query/filter-parser.js';
import { parseProjection } from '../query/projection.js';
import { parseSort } from '../query/sort-key.js';
import { refuseCollation } from './collation.js';
import type { Call, CommandGroup } from './command.js';
import { namesFor } from './query-arguments.js';
import { findAll, modify, parseModification, remove, upsert } from './statements.js';
import { collectionToWrite } from './writes.js';

function findAndModify(call: Call): Reply {
  const { args } = call;
  const name = args.text(args.value('findAndModify') === undefined ? 'findandmodify' : 'findAndModify');
  refuseCollation(args);
  const isRemoval = args.flag('remove');
  if (isRemoval && args.value('update') !== undefined) throw new CommandError(9, "Cannot specify both an update and remove=true");
  if (isRemoval && args.flag('upsert')) throw new CommandError(9, 'Cannot specify both upsert=true and remove=true');
  if (isRemoval && args.flag('new')) throw new CommandError(9, "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  if (!isRemoval && args.value('update') === undefined) throw new CommandError(9, 'Either an update or remove=true must be specified');
  const names = namesFor(call);
  const filter = parseFilter(args.optionalDocument('query') ?? new Map(), names);
  const projection = parseProjection(args.optionalDocument('fields') ?? new Map(), { findFilter: filter, names });
  const project = (document: Document): Document => projection?.(document) ?? document;
  const collection = call.collection(name);
  const query = { filter, sort: parseSort(args.optionalDocument('sort') ?? new Map()), limit: 1, hint: args.value('hint') };
  const [found] = collection ? findAll(call, collection, query) : [];
  if (isRemoval) {
    if (found && collection) remove(call, collection, [found]);
    return replyOf({ lastErrorObject: { n: found ? 1 : 0 }, value: found ? project(found.document) : null });
  }
  const modification = parseModification(args.value('update'), args.optionalArray('arrayFilters'), names);
  if (found && collection) {
    const { before, after } = modify(call, collection, { found, filter, modification });
    return replyOf({ lastErrorObject: { n: 1, updatedExisting: true }, value: project(args.flag('new') ? after : before) });
  }
  if (!args.flag('upsert')) return replyOf({ lastErrorObject: { n: 0, updatedExisting: false }, value: null });
  const inserted = upsert(call, collectionToWrite(call, name), { filter, modification });
  const lastErrorObject = documentOf({ n: 1, updatedExisting: false, upserted: inserted.get('_id') });
  return replyOf({ lastErrorObject, value: args.flag('new') ? project(inserted) : null });
}

const command = {
  run: findAndModify,
  fields: ['query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'bypassDocumentValidation', 'collation', 'arrayFilters', 'hint', 'let'],
  retryable: true,
};

/** The command that changes one document and returns it. */
export const findAndModifyCommands: CommandGroup = { findAndModify: command, findandmodify: command };
