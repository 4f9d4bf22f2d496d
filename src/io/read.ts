import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { describe, InputError } from '../errors.js'

/**
 * Reads a `.json` or `.json.gz` file (told apart by content, not by name) against a schema.
 * @throws InputError naming the file, the path inside it, what was expected and what was found
 */
export function readFile<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  return validate(parseJson(file, readText(file)), schema, file)
}

/**
 * The text of a plain or gzipped file.
 * @throws InputError if it cannot be read or is not a complete gzip file
 */
export function readText(file: string): string {
  const bytes = readBytes(file)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  if (!isGzip) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes).toString('utf8')
  } catch (error) {
    throw new InputError({ file, path: '', expected: 'a complete gzip file', found: reason(error) })
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const found = code === 'ENOENT' ? 'no such file' : `${code ?? reason(error)}`
    throw new InputError({ file, path: '', expected: 'a readable file', found })
  }
}

/** Numbers that other languages write and JSON does not know, outside of strings. */
const BARE_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

/** Parses JSON; NaN and Infinity become strings, so that the schema names the place they stand in. */
function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const quoted = text.replace(BARE_NUMBER, (token) => (token[0] === '"' ? token : `"${token}"`))
    if (quoted !== text) return parseJson(file, quoted)
    const found = text.trim() === '' ? 'an empty file' : reason(error)
    throw new InputError({ file, path: '', expected: 'JSON', found })
  }
}

/**
 * Checks a parsed value against a schema, the format tag first.
 * @param file the name that errors give
 * @throws InputError for the first problem
 */
export function validate<S extends z.ZodType>(
  value: unknown,
  schema: S,
  file: string,
): z.output<S> {
  checkFormat(value, schema, file)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InputError({ file, ...problemOf(parsed.error.issues[0], value) })
}

function checkFormat(value: unknown, schema: z.ZodType, file: string): void {
  const known = formatTags(schema)
  if (known.length === 0) return
  const found = (value as { format?: unknown } | null)?.format
  if (known.some((tag) => tag === found)) return
  const [newest] = known
  const [family, version] = newest.split('/')
  const newer =
    typeof found === 'string' &&
    found.startsWith(`${family}/`) &&
    Number(found.slice(family.length + 1)) > Number(version)
  const remark = newer ? ' (a newer version: update eclip)' : ''
  throw new InputError({
    file,
    path: 'format',
    expected: known.map(describe).join(' or '),
    found: `${describe(found)}${remark}`,
  })
}

/** The literals of a schema's `format` field, the newest first; none if it has no such field. */
function formatTags(schema: unknown): string[] {
  if (schema instanceof z.ZodPipe) return formatTags(schema.in)
  if (schema instanceof z.ZodDiscriminatedUnion) return schema.options.flatMap(formatTags)
  const shape = (schema as { shape?: Record<string, { value?: unknown }> }).shape
  const tag = shape?.format?.value
  return typeof tag === 'string' ? [tag] : []
}

type Issue = z.core.$ZodIssue

function problemOf(issue: Issue, root: unknown): { path: string; expected: string; found: string } {
  const inner = issue.code === 'invalid_union' ? deepest(issue.errors) : undefined
  if (inner) return problemOf({ ...inner, path: [...issue.path, ...inner.path] }, root)
  const found = describe(at(root, issue.path))
  const path = formatPath(issue.path)
  switch (issue.code) {
    case 'invalid_type':
      return {
        path,
        expected: article(issue.expected),
        found: found.replace(/^"(-?(NaN|Infinity))"$/, '$1'),
      }
    case 'unrecognized_keys':
      return { path, expected: 'known keys only', found: issue.keys.map(describe).join(', ') }
    case 'invalid_value':
      return { path, expected: issue.values.map(describe).join(' or '), found }
    case 'too_small':
      return {
        path,
        expected: bound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum),
        found,
      }
    case 'too_big':
      return {
        path,
        expected: bound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum),
        found,
      }
    case 'invalid_key':
      return {
        path,
        expected: issue.issues[0].message,
        found: `the key ${describe(issue.path.at(-1))}`,
      }
    default:
      return { path, expected: issue.message, found }
  }
}

/** Of a union's branches, the problem that lies deepest: the branch the user most likely meant. */
function deepest(branches: readonly (readonly Issue[])[]): Issue | undefined {
  const firsts = branches.map((issues) => issues[0]).filter((issue) => issue !== undefined)
  const deep = firsts.reduce((a, b) => (b.path.length > a.path.length ? b : a), firsts[0])
  return deep && deep.path.length > 0 ? deep : undefined
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'array') return `${relation} ${limit} entries`
  if (origin === 'string') return `${relation} ${limit} characters`
  return `a number of ${relation} ${limit}`
}

function article(expected: string): string {
  if (expected === 'int') return 'a whole number'
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], root)
}

/** `workers[2].load.poisson` */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
