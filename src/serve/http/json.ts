import { isObject } from '../../is-object.js'
import { Refusal } from '../refusal.js'
import { longIntegers, type Span } from './json-limits.js'

/** Precedes the digits of an integer that a number cannot hold. No ordinary string starts like this. */
const MARK = '\u0000integer:'
/** The mark as it is written in JSON. */
const WRITTEN_MARK = JSON.stringify(MARK).slice(1, -1)

/** Parsing JSON of up to this many characters takes at most a tenth of a second, whatever it consists of. */
const SHORT = 2 ** 18

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The bytes of JSON as text, without a byte order mark. @throws Refusal `invalid` if they are not UTF-8 */
export function textOfJson(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Refusal('invalid', 'the JSON is not UTF-8')
  }
}

/**
 * Parses the JSON of a request. Elements of 64-bit integer tensors past 2^53 become bigints; `JSON.parse` alone
 * would round them.
 * @throws Refusal `invalid` if the text is not JSON, or has more in it than the server parses
 */
export function parseJson(text: string): unknown {
  const isPlain = text.length <= SHORT && !mayHoldLongIntegers(text)
  const long = isPlain ? [] : longIntegers(text)
  try {
    return long.length > 0 ? restored(JSON.parse(marked(text, long))) : JSON.parse(text)
  } catch (error) {
    throw new Refusal('invalid', `not JSON: ${(error as Error).message.split('\n')[0]}`)
  }
}

function mayHoldLongIntegers(text: string): boolean {
  return /"U?INT64"/.test(text) && /\d{16}/.test(text)
}

/** The text with these integers as marked strings. */
function marked(text: string, integers: readonly Span[]): string {
  let at = 0
  let all = ''
  for (const [from, to] of integers) {
    all += `${text.slice(at, from)}"${WRITTEN_MARK}${text.slice(from, to)}"`
    at = to
  }
  return all + text.slice(at)
}

/** Turns the marked strings into integers. A reviver for `JSON.parse` could do it, but takes ten times as long. */
function restored(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? integerOf(value) : value
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = restored(value[i])
  } else if (isObject(value)) {
    const entries = value as Record<string, unknown>
    for (const key of Object.keys(entries)) entries[key] = restored(entries[key])
  }
  return value
}

function integerOf(marked: string): unknown {
  const digits = marked.slice(MARK.length)
  if (!/^-?\d+$/.test(digits)) return marked
  const integer = BigInt(digits)
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}
