import { Refusal } from '../refusal.js'

/**
 * Put before the digits of an integer that a number cannot hold; no ordinary string starts with it.
 */
const MARK = '\u0000integer:'

/** Matches strings, and integers of so many digits that a number might not hold them. */
const STRINGS_AND_LONG_INTEGERS = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g

/**
 * Parses the JSON of a request. Elements of 64-bit integer tensors past 2^53 become bigints;
 * `JSON.parse` alone would round them.
 * @throws Refusal `invalid`
 */
export function parseJson(text: string): unknown {
  try {
    return mayHoldLongIntegers(text) ? parseExactly(text) : JSON.parse(text)
  } catch (error) {
    throw new Refusal('invalid', `not JSON: ${(error as Error).message.split('\n')[0]}`)
  }
}

function mayHoldLongIntegers(text: string): boolean {
  return /"U?INT64"/.test(text) && /\d{16}/.test(text)
}

function parseExactly(text: string): unknown {
  const marked = text.replace(STRINGS_AND_LONG_INTEGERS, (token) =>
    token.startsWith('"') ? token : `"\\u0000integer:${token}"`,
  )
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? integerOf(value) : value,
  )
}

function integerOf(marked: string): unknown {
  const digits = marked.slice(MARK.length)
  if (!/^-?\d+$/.test(digits)) return marked
  const integer = BigInt(digits)
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}
