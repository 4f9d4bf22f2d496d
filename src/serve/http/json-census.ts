import { Refusal } from '../refusal.js'

/**
 * What JSON may consist of. The server does nothing else while it takes JSON apart, and a megabyte of
 * brackets or keys takes ten times as long as one of numbers: so many of one kind take half a second.
 */
const MOST = {
  /** No tensor has half as many. */
  'levels of nesting': 100,
  'arrays and objects': 2 ** 17,
  keys: 10_000,
  strings: 2 ** 18,
  /** These are taken apart one by one. */
  'integers of 16 digits and more': 2 ** 18,
  values: 2 ** 22,
} as const

/** An integer that 64 bits may hold and a number may not. */
const LONG_INTEGER = /^-?[1-9]\d{15,19}$/
const LONG_DIGITS = 16

const codes = (characters: string): number[] => [...characters].map((one) => one.charCodeAt(0))
const [QUOTE, BACKSLASH, COMMA, COLON] = codes('"\\,:')
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = codes('[]{}')
const IS_OF_NUMBER = new Uint8Array(128)
for (const code of codes('0123456789+-.eE')) IS_OF_NUMBER[code] = 1

/** Where something begins in a text, and where it ends. */
export type Span = readonly [from: number, to: number]

/**
 * Looks once at each character of JSON, or of what is none.
 * @returns the integers that a number cannot hold
 * @throws Refusal `invalid` if there is more of something than may be
 */
export function longIntegers(text: string): Span[] {
  const long: Span[] = []
  let depth = 0
  let lists = 0
  let keys = 0
  let strings = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      expectAtMost('strings', ++strings)
      at = endOfString(text, at)
    } else if (code === COMMA) expectAtMost('values', ++values)
    else if (code === COLON) expectAtMost('keys', ++keys)
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      expectAtMost('levels of nesting', ++depth)
      expectAtMost('arrays and objects', ++lists)
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--
    else if (IS_OF_NUMBER[code] === 1) {
      const from = at
      while (IS_OF_NUMBER[text.charCodeAt(at + 1)] === 1) at++
      const to = at + 1
      if (to - from < LONG_DIGITS || !LONG_INTEGER.test(text.slice(from, to))) continue
      long.push([from, to])
      expectAtMost('integers of 16 digits and more', long.length)
    }
  }
  return long
}

/** Where the quote is that ends the string, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE)
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

function expectAtMost(what: keyof typeof MOST, count: number): void {
  if (count <= MOST[what]) return
  throw new Refusal(
    'invalid',
    `the JSON has more than ${MOST[what]} ${what}, which is the most: send large tensors as binary data`,
  )
}
