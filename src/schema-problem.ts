import { z } from 'zod'
import { closest } from './closest.js'
import { describe, InputError, type InputProblem, shortened } from './errors.js'
import { isObject, isRecord } from './is-object.js'
import { keysOf } from './object-keys.js'

export type Issue = z.core.$ZodIssue

type Schema = z.core.$ZodType

/** A function that a caller of the library may give, to be told of something. */
export const callback = z.custom((value) => typeof value === 'function', 'a function').optional()

/** Stops at the first wrong entry of an array, because describing a million of them would take gigabytes. */
const FIRST_ONLY: z.core.ParseContextInternal<z.core.$ZodIssue> = { abortEarly: true }

/**
 * A value as a schema gives it.
 * @param file the name of the value in errors
 * @throws InputError for the first problem
 */
export function checked<S extends z.ZodType>(value: unknown, schema: S, file: string): z.output<S> {
  const parsed = schema.safeParse(value, FIRST_ONLY)
  if (parsed.success) return parsed.data
  throw new InputError({ file, ...problemOf(parsed.error.issues[0], value, schema) })
}

/** The place of a schema's issue in a value, what was expected there and what was found, in words. */
export function problemOf(issue: Issue, root: unknown, schema: Schema): Omit<InputProblem, 'file'> {
  if (issue.code === 'invalid_union') return unionProblem(issue, root, schema)
  const found = describe(at(root, issue.path)) + misspelt(issue.path, root, schema)
  const path = formatPath(issue.path)
  switch (issue.code) {
    case 'invalid_type':
      return {
        path,
        expected: article(issue.expected),
        found: found.replace(/^"(-?(NaN|Infinity))"$/, '$1'),
      }
    case 'unrecognized_keys':
      return {
        path,
        expected: `known keys only${alike(issue, root, schema)}`,
        found: few(issue.keys.map(describe)),
      }
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

/**
 * The problem of the alternative that the user most likely meant, which is one whose keys are there, or a list of all
 * alternatives.
 */
function unionProblem(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  root: unknown,
  schema: Schema,
): Omit<InputProblem, 'file'> {
  const value = at(root, issue.path)
  const firsts = issue.errors.flatMap((issues) => issues.slice(0, 1))
  const problemIn = (inner: Issue): Omit<InputProblem, 'file'> =>
    problemOf({ ...inner, path: [...issue.path, ...inner.path] }, root, schema)
  const meant = firsts.filter(({ code, path: [key] }) =>
    key === undefined ? code === 'unrecognized_keys' : own(value, key) !== undefined,
  )
  const rivals = rivalKeys(firsts)
  if (rivals.length > 0) {
    const expected = `only one of ${few(rivals.map(describe))}`
    return { path: formatPath(issue.path), expected, found: describeKeys(value) }
  }
  const [deepest] = meant.toSorted((a, b) => b.path.length - a.path.length)
  if (deepest !== undefined) return problemIn(deepest)
  const expected = firsts.map((inner) => {
    const [key] = inner.path
    return key === undefined ? problemIn(inner).expected : `an object with ${describe(key)}`
  })
  return {
    path: formatPath(issue.path),
    expected: [...new Set(expected)].join(' or '),
    found: describeKeys(value),
  }
}

/** Keys that are all there although each belongs to another alternative, which knows none of the others. */
function rivalKeys(issues: readonly Issue[]): string[] {
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? [issue.keys] : [],
  )
  const all = [...new Set(unknown.flat())]
  return unknown.every((keys) => keys.length === all.length - 1) ? all : []
}

/** Where a key is missing, the unknown keys of its object, because one of them may be meant for it. */
export function misspelt(path: readonly PropertyKey[], root: unknown, schema: Schema): string {
  const place = path.slice(0, -1)
  const object = at(root, place)
  if (!isRecord(object) || at(root, path) !== undefined) return ''
  const { unknown } = keysOf(object, place, schema)
  if (unknown.length === 0) return ''
  return `, but the unknown ${unknown.length > 1 ? 'keys' : 'key'} ${few(unknown.map(describe))}`
}

/** The key that was most likely meant by an unknown one, of those that are not there. */
function alike(
  { path, keys }: Extract<Issue, { code: 'unrecognized_keys' }>,
  root: unknown,
  schema: Schema,
): string {
  const { missing } = keysOf(at(root, path) as object, path, schema)
  const meant = closest(keys[0], missing)
  return meant === undefined ? '' : `, such as ${describe(meant)}`
}

/** An object by its keys, anything else as it is. */
function describeKeys(value: unknown): string {
  const keys = isRecord(value) ? Object.keys(value) : []
  return keys.length > 0 ? `an object with ${few(keys.map(describe))}` : describe(value)
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'array') return `${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  if (origin === 'string') return `${relation} ${limit} character${limit === 1 ? '' : 's'}`
  return `a number of ${relation} ${limit}`
}

function article(expected: string): string {
  if (expected === 'int') return 'a whole number'
  if (expected === 'record') return 'an object'
  if (expected === 'tuple') return 'an array'
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`
}

const LISTED = 3

function few(items: readonly string[]): string {
  const more = items.length > LISTED ? ` and ${items.length - LISTED} more` : ''
  return items.slice(0, LISTED).join(', ') + more
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => own(value, key), root)
}

function own(value: unknown, key: PropertyKey): unknown {
  const isThere = isObject(value) && Object.hasOwn(value, key)
  return isThere ? (value as Record<PropertyKey, unknown>)[key] : undefined
}

/** `workers[2].load.poisson` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${shortened(String(key))}`))
    .join('')
    .replace(/^\./, '')
}
