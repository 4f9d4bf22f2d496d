import { describe, InputError } from '../errors.js'
import { isObject } from '../is-object.js'
import { formatPath } from '../schema-problem.js'
import { type JsonFault, scanJson } from './json-scan.js'
import { repeatedKey } from './repeated-key.js'

/** A file with more values and keys would take a gigabyte. This is four times the largest that ships. */
const MOST_VALUES = 5_000_000

/** No valid object has half as many keys, and schemas describe every wrong one. */
const MOST_KEYS = 20_000

/**
 * No format is nested half as deep, and anything deeper would overflow the stack of code that walks
 * it.
 */
const DEEPEST = 64

/**
 * Parses JSON. NaN and Infinity, which other languages write, become strings, so that a schema names
 * their place.
 * @throws InputError with the line of the first fault, for too many or too deeply nested values, for
 * the key `__proto__`, and for a key that an object has twice
 */
export function parseJson(text: string, file: string): unknown {
  const fail = (path: string, expected: string, found: string): never => {
    throw new InputError({ file, path, expected, found })
  }
  if (text.trim() === '') fail('', 'JSON', 'an empty file')
  if (isTooMuch(text)) fail('', `at most ${MOST_VALUES} values and keys`, 'more')
  const { value, strict } = parsed(text, ({ offset, expected }) =>
    offset >= text.length
      ? fail('', 'JSON', `the end of the file where ${expected} should follow`)
      : fail(`line ${lineOf(text, offset)}`, `JSON: ${expected}`, excerpt(text, offset)),
  )
  const keys = keysOf(value, (expected, found) => fail('', expected, found))
  const repeated = repeatedKey(strict, keys)
  if (repeated) fail(formatPath(repeated), 'this key once', 'it twice')
  return value
}

/** The value of a text, and the text as strict JSON. */
function parsed(
  text: string,
  fail: (fault: JsonFault) => never,
): { value: unknown; strict: string } {
  try {
    return { value: JSON.parse(text), strict: text }
  } catch {
    const { fault, bareNumbers } = scanJson(text)
    if (fault) fail(fault)
    const strict = quoteAll(text, bareNumbers)
    return { value: JSON.parse(strict), strict }
  }
}

/** Puts quotation marks around the stretches of a text with the given start and end offsets. */
function quoteAll(text: string, stretches: readonly (readonly [number, number])[]): string {
  let quoted = ''
  let from = 0
  for (const [start, end] of stretches) {
    quoted += `${text.slice(from, start)}"${text.slice(start, end)}"`
    from = end
  }
  return quoted + text.slice(from)
}

function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

function excerpt(text: string, offset: number): string {
  const [rest] = text.slice(offset, offset + 100).split(/[\r\n]/)
  return describe(rest)
}

/**
 * Counts the characters that separate values and keys. Those in strings count too, so some files
 * seem larger than they are.
 */
function isTooMuch(text: string): boolean {
  if (text.length <= MOST_VALUES) return false
  let marks = 0
  for (let i = 0; i < text.length; i++) if (MARKS.has(text.charCodeAt(i))) marks++
  return marks > MOST_VALUES
}

const MARKS = new Set([...',:[{'].map((mark) => mark.charCodeAt(0)))

/** Called for anything that would be a problem for readers of a value. */
type Fail = (expected: string, found: string) => never

/**
 * How many keys all objects of a value have together. It goes level by level, because recursion could
 * overflow the stack.
 */
function keysOf(root: unknown, fail: Fail): number {
  let keys = 0
  let level = [root].filter(isObject)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === DEEPEST) fail(`at most ${DEEPEST} levels of nesting`, 'more')
    const below: object[] = []
    for (const value of level) {
      const isArray = Array.isArray(value)
      if (!isArray) keys += ownKeys(value, fail)
      for (const entry of isArray ? value : Object.values(value)) {
        if (isObject(entry)) below.push(entry)
      }
    }
    level = below
  }
  return keys
}

function ownKeys(value: object, fail: Fail): number {
  const { length } = Object.keys(value)
  if (length > MOST_KEYS) fail(`at most ${MOST_KEYS} keys in an object`, `${length}`)
  if (Object.hasOwn(value, '__proto__')) fail('known keys only', describe('__proto__'))
  return length
}
