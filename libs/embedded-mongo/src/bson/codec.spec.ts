import { describe, expect, it } from '@jest/globals';
import { BSONRegExp, Binary, Code, Decimal128, deserialize, Double, Int32, Long, MaxKey, MinKey, ObjectId, serialize, Timestamp } from 'bson';
import { CommandError } from '../errors.js';
import { decode, decodeCommand } from './decoder.js';
import { encode } from './encoder.js';

const everyType = {
  double: new Double(1), text: 'héllo \u{1F600}', long: 'x'.repeat(300), nested: { a: { b: [1, 'two', { three: 3 }] } }, empty: {}, none: [],
  binary: new Binary(Buffer.from([1, 2, 3]), 0), uuid: new Binary(Buffer.alloc(16, 7), 4), id: new ObjectId(), yes: true, no: false,
  date: new Date(-1), nothing: null, regex: new BSONRegExp('^a', 'i'), code: new Code('return 1'), scoped: new Code('return x', { x: 1 }),
  int: new Int32(-5), timestamp: new Timestamp({ t: 5, i: 6 }), int64: Long.fromString('-9007199254740993'), decimal: Decimal128.fromString('1.50'),
  min: new MinKey(), max: new MaxKey(), 'naïve field name': 1,
};

describe('the BSON codec', () => {
  it('keeps every type and every byte', () => {
    const bytes = Buffer.from(serialize(everyType));
    expect(encode(decode(bytes))).toEqual(bytes);
    expect(deserialize(encode(decode(bytes)))).toEqual(deserialize(bytes));
  });
  it('keeps every element whole when the buffer has to grow under it', () => {
    // values of growing length cross the initial buffer's end at every offset there is
    for (let length = 65_500; length < 65_560; length += 1) {
      const bytes = Buffer.from(serialize({ a: 'x'.repeat(length - 40), b: 'y'.repeat(50), c: new Int32(3), d: 'z'.repeat(70_000), e: [1, { f: 'w'.repeat(140_000) }] }));
      expect(encode(decode(bytes)).equals(bytes)).toBe(true);
    }
  });
  it('keeps fields called __proto__ and numeric names where they are', () => {
    const document = new Map([['b', new Int32(1)], ['1', new Int32(2)], ['__proto__', new Int32(3)]]);
    expect([...decode(encode(document)).keys()]).toEqual(['b', '1', '__proto__']);
    expect(Object.prototype).not.toHaveProperty('b');
  });
  it('leaves documents to insert as bytes', () => {
    const { body, rawArrays } = decodeCommand(Buffer.from(serialize({ insert: 'c', documents: [{ a: 1 }, { a: 2 }], ordered: true })));
    expect([...body.keys()]).toEqual(['insert', 'ordered']);
    expect(rawArrays.get('documents')?.map((bytes) => deserialize(bytes))).toEqual([{ a: 1 }, { a: 2 }]);
  });
  it('refuses bytes that are no document, wherever they are cut or changed', () => {
    const bytes = Buffer.from(serialize({ a: 'text', b: { c: [1, 2] } }));
    for (let length = 0; length < bytes.length; length++) expect(() => decode(bytes.subarray(0, length))).toThrow(CommandError);
    for (const position of [0, 4, 7, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[position] = 0x7d;
      expect(() => decode(damaged)).toThrow(CommandError);
    }
  });
  it('refuses documents that are nested too deeply', () => {
    let nested: Record<string, unknown> = {};
    for (let depth = 0; depth < 200; depth++) nested = { nested };
    expect(() => decode(Buffer.from(serialize(nested)))).toThrow(/nested deeper/);
  });
});
