import { Refusal } from '../refusal.js'

/**
 * Put before the digits of an integer that a number cannot hold; no ordinary string starts with it.
 */
const MARK = '\u0000integer:'

/**
 * Matches integers that 64 bits may hold and a number may not, quotes, and what a backslash makes of the
 * character after it. It does not match whole strings: where one does not end, every quote in it would be
 * tried to its end, which takes a minute for 160 KB.
 */
const LONG_INTEGERS_AND_QUOTES = /(?<![\d.eE+-])-?\d{16,20}(?![\d.eE])|"|\\./g

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
  let isInString = false
  const marked = text.replace(LONG_INTEGERS_AND_QUOTES, (token) => {
    if (token === '"') isInString = !isInString
    const isInteger = !isInString && token !== '"' && !token.startsWith('\\')
    return isInteger ? `"\\u0000integer:${token}"` : token
  })
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
