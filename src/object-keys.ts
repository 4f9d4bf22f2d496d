import type { z } from 'zod'

type Schema = z.core.$ZodType

/** What the definitions of zod's schemas hold of the schemas within them. */
interface Parts {
  readonly in?: Schema
  readonly innerType?: Schema
  readonly options?: readonly Schema[]
  readonly shape?: Readonly<Record<string, Schema>>
  readonly catchall?: Schema
  readonly element?: Schema
  readonly items?: readonly Schema[]
  readonly valueType?: Schema
}

/** The keys of an object: those that its schema knows and it lacks, and those that it has and the schema refuses. */
export interface ObjectKeys {
  readonly missing: readonly string[]
  readonly unknown: readonly string[]
}

/**
 * The keys of an object that is part of what a schema describes.
 * @param path where in it the object is; alternatives that have another form there are left out
 */
export function keysOf(object: object, path: readonly PropertyKey[], schema: Schema): ObjectKeys {
  const objects = objectsAt(schema, path)
  const known = objects.flatMap(({ shape }) => Object.keys(shape ?? {}))
  const isStrict =
    objects.length > 0 && objects.every(({ catchall }) => catchall?._zod.def.type === 'never')
  return {
    missing: known.filter((key) => !Object.hasOwn(object, key)),
    unknown: isStrict ? Object.keys(object).filter((key) => !known.includes(key)) : [],
  }
}

/** The forms that an object at a path may have. */
function objectsAt(schema: Schema, path: readonly PropertyKey[]): Parts[] {
  const parts = schema._zod.def as z.core.$ZodTypeDef & Parts
  const wrapped = parts.in ?? parts.innerType
  const alternatives = parts.options ?? (wrapped ? [wrapped] : [])
  if (alternatives.length > 0) return alternatives.flatMap((part) => objectsAt(part, path))
  const [key, ...rest] = path
  if (key === undefined) return parts.shape ? [parts] : []
  const part = partAt(parts, key)
  return part ? objectsAt(part, rest) : []
}

function partAt({ shape, items, element, valueType }: Parts, key: PropertyKey): Schema | undefined {
  if (shape) return Object.hasOwn(shape, key) ? shape[String(key)] : undefined
  return items?.[Number(key)] ?? element ?? valueType
}
