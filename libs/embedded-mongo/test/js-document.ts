import { deserialize, type Document as JsDocument, serialize } from 'bson';
import { decode } from '../src/bson/decoder.js';
import { encode } from '../src/bson/encoder.js';
import type { Document, Value } from '../src/bson/value.js';

/** A JavaScript object as the server would receive it. */
export function fromJs(object: JsDocument): Document {
  return decode(Buffer.from(serialize(object, { ignoreUndefined: true })));
}

export function valueFromJs(value: unknown): Value {
  const found = fromJs({ value }).get('value');
  if (found === undefined) throw new Error('no value');
  return found;
}

/** A document as a client would receive it. */
export function toJs(document: Document): JsDocument {
  return deserialize(encode(document));
}
