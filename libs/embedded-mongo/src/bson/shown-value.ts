import { type Value } from './value.js';

const longest = 200;

/** A value as MongoDB's error messages write it: `{ name: "a", n: 5 }`. */
export function shown(value: Value): string {
  const text = write(value);
  return text.length > longest * 5 ? `${text.slice(0, longest * 5)}...` : text;
}

function write(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(write).join(', ')} ]`;
  if (value instanceof Map) {
    return value.size === 0 ? '{}' : `{ ${[...value].map(([name, member]) => `${name}: ${write(member)}`).join(', ')} }`;
  }
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  switch (value._bsontype) {
    case 'ObjectId': return `ObjectId('${value.toHexString()}')`;
    case 'Double': return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
    case 'Decimal128': return `Decimal('${value.toString()}')`;
    case 'Binary': return value.sub_type === 4 && value.position === 16 ? `UUID("${value.toUUID().toHexString()}")` : `BinData(${value.sub_type}, ${Buffer.from(value.value()).toString('hex').toUpperCase()})`;
    case 'Timestamp': return `Timestamp(${value.t}, ${value.i})`;
    case 'BSONRegExp': return `/${value.pattern}/${value.options}`;
    case 'Int32': case 'Long': case 'BSONSymbol': return value.toString();
    case 'Code': return value.code;
    case 'MinKey': return 'MinKey';
    case 'MaxKey': return 'MaxKey';
  }
}
