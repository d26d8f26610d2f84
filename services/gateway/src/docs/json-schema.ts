import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { invariant } from '@matricula/kernel';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a reader may get more of later is left open: an answer's objects are not closed against new fields. */
function open(ctx: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { def } = ctx.zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete ctx.jsonSchema.additionalProperties;
  // the safe-integer bounds that every whole number has say nothing
  if (ctx.jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete ctx.jsonSchema.maximum;
  if (ctx.jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete ctx.jsonSchema.minimum;
}

/** A zod schema as JSON Schema 2020-12, named parts under `$defs`. */
export function jsonSchemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, override: open });
  return rest;
}

/** Collects the named parts of many schemas, so that each is written once; a name stands for one shape. */
export class Components {
  private readonly byName = new Map<string, JsonSchema>();

  /** The schema with its named parts moved to `#/components/schemas`. */
  of(schema: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
    const { $defs, ...root } = jsonSchemaOf(schema, io);
    for (const [name, part] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) this.keep(name, pointed(part));
    return pointed(root);
  }

  private keep(name: string, part: JsonSchema): void {
    const known = this.byName.get(name);
    invariant(known === undefined || isDeepStrictEqual(known, part), `two schemas are called ${name}`);
    this.byName.set(name, part);
  }

  add(name: string, part: JsonSchema): JsonSchema {
    this.keep(name, part);
    return { $ref: `#/components/schemas/${name}` };
  }

  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.byName].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function pointed(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
