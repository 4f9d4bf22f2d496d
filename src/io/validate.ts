import { z } from 'zod'
import { describe, InputError } from '../errors.js'
import { isRecord } from '../is-object.js'
import { checked, misspelt } from '../schema-problem.js'

/**
 * Checks a parsed value against a schema, the format tag first.
 * @param file the name used in errors
 * @throws InputError for the first problem
 */
export function validate<S extends z.ZodType>(
  value: unknown,
  schema: S,
  file: string,
): z.output<S> {
  checkFormat(value, schema, file)
  return checked(value, schema, file)
}

function checkFormat(value: unknown, schema: z.ZodType, file: string): void {
  const known = formatTags(schema)
  if (known.length === 0) return
  const [family, version] = known[0].split('/')
  const expected = `${known.map(describe).join(' or ')}${makerOf(family)}`
  if (!isRecord(value)) {
    const object = `an object of the format ${expected}`
    throw new InputError({ file, expected: object, found: describe(value) })
  }
  const { format: found } = value
  if (known.some((tag) => tag === found)) return
  const newer =
    typeof found === 'string' &&
    found.startsWith(`${family}/`) &&
    Number(found.slice(family.length + 1)) > Number(version)
  const remark = newer ? ' (a newer version: update eclip)' : misspelt(['format'], value, schema)
  throw new InputError({ file, path: 'format', expected, found: `${describe(found)}${remark}` })
}

/** The commands that write files of a format. */
const MAKERS: Readonly<Record<string, string>> = {
  'eclip.device': 'eclip characterize',
  'eclip.goodput': 'eclip bench',
  'eclip.plan': 'eclip plan',
  'eclip.points': 'eclip bench',
  'eclip.profile': 'eclip profile',
  'eclip.serving': 'eclip size',
}

/** ` (eclip plan makes one)`, or nothing for a format that people write. */
function makerOf(family: string): string {
  const maker = MAKERS[family]
  return maker === undefined ? '' : ` (${maker} makes one)`
}

/** The literals of a schema's `format` field, newest first; empty if it has no such field. */
function formatTags(schema: unknown): string[] {
  if (schema instanceof z.ZodPipe) return formatTags(schema.in)
  if (schema instanceof z.ZodDiscriminatedUnion) return schema.options.flatMap(formatTags)
  const shape = (schema as { shape?: Record<string, { value?: unknown }> }).shape
  const tag = shape?.format?.value
  return typeof tag === 'string' ? [tag] : []
}
