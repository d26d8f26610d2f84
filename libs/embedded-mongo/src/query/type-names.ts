import { isNumeric, toNumber, type TypeName, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';

const typeCodes: ReadonlyMap<number, TypeName> = new Map([
  [1, 'double'], [2, 'string'], [3, 'object'], [4, 'array'], [5, 'binData'], [7, 'objectId'], [8, 'bool'], [9, 'date'], [10, 'null'],
  [11, 'regex'], [13, 'javascript'], [14, 'symbol'], [15, 'javascriptWithScope'], [16, 'int'], [17, 'timestamp'], [18, 'long'],
  [19, 'decimal'], [-1, 'minKey'], [127, 'maxKey'],
]);
const typeNames: ReadonlyMap<string, TypeName> = new Map([...typeCodes.values()].map((name) => [name, name]));

/** The type that a client names by its name or its number. Throws 14 for what is neither, 2 when there is no such type. */
export function typeNamed(type: Value): TypeName {
  if (!isNumeric(type) && typeof type !== 'string') throw new CommandError(14, 'type must be represented as a number or a string');
  const found = typeof type === 'string' ? typeNames.get(type) : typeCodes.get(toNumber(type));
  if (!found) throw new CommandError(2, typeof type === 'string' ? `Unknown type name alias: ${type}` : `Invalid numerical type code: ${toNumber(type)}`);
  return found;
}
