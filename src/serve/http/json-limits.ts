import { Refusal } from '../refusal.js'

const LONG_INTEGERS = 'integers of 16 digits and more'

/**
 * The most that JSON may consist of. The server does nothing else while it parses JSON, and a megabyte of brackets
 * or keys takes ten times as long as a megabyte of numbers. Each of these limits is reached after half a second.
 */
const MOST = {
  /** Real tensors have far fewer dimensions. */
  'levels of nesting': 100,
  'arrays and objects': 2 ** 17,
  keys: 10_000,
  strings: 2 ** 18,
  /** These are parsed one by one. */
  [LONG_INTEGERS]: 2 ** 18,
  values: 2 ** 22,
} as const

/** What a character begins or ends, if it is not inside a string. */
const STRING = 1
const COMMA = 2
const COLON = 3
const OPEN = 4
const CLOSE = 5
const NUMBER = 6
const STRUCTURE = { '"': STRING, ',': COMMA, ':': COLON, '[{': OPEN, ']}': CLOSE }
const ONLY_STRUCTURE = byCode(STRUCTURE)
const WITH_NUMBERS = byCode({ ...STRUCTURE, '-0123456789': NUMBER })
const OF_NUMBER = byCode({ '0123456789+-.eE': NUMBER })

/** An integer that may fit into 64 bits but not into a number. */
const LONG_INTEGER = /^-?[1-9]\d{15,19}$/
const LEAST_DIGITS = 16

const QUOTE = '"'.charCodeAt(0)
const BACKSLASH = '\\'.charCodeAt(0)

/** The start and the end of a part of a text. */
export type Span = readonly [from: number, to: number]

/**
 * Looks once at each character of a text that should be JSON.
 * @returns the integers that a number cannot hold, if the text mentions tensors of 64-bit integers
 * @throws Refusal `invalid` if the text has too much of anything
 */
export function longIntegers(text: string): Span[] {
  const kinds = /"U?INT64"/.test(text) ? WITH_NUMBERS : ONLY_STRUCTURE
  const long: Span[] = []
  let depth = 0
  let lists = 0
  let keys = 0
  let strings = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const kind = kinds[text.charCodeAt(at)]
    if (kind === STRING) {
      if (++strings > MOST.strings) throw tooMuch('strings')
      at = endOfString(text, at)
    } else if (kind === COMMA) {
      if (++values > MOST.values) throw tooMuch('values')
    } else if (kind === COLON) {
      if (++keys > MOST.keys) throw tooMuch('keys')
    } else if (kind === OPEN) {
      if (++depth > MOST['levels of nesting']) throw tooMuch('levels of nesting')
      if (++lists > MOST['arrays and objects']) throw tooMuch('arrays and objects')
    } else if (kind === CLOSE) {
      depth--
    } else if (kind === NUMBER) {
      const from = at
      while (OF_NUMBER[text.charCodeAt(at + 1)] === NUMBER) at++
      const to = at + 1
      if (to - from < LEAST_DIGITS || !LONG_INTEGER.test(text.slice(from, to))) continue
      if (long.push([from, to]) > MOST[LONG_INTEGERS]) throw tooMuch(LONG_INTEGERS)
    }
  }
  return long
}

/** The position of the quote that ends the string, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE)
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

function byCode(kinds: Readonly<Record<string, number>>): Uint8Array {
  const table = new Uint8Array(2 ** 16)
  for (const [characters, kind] of Object.entries(kinds))
    for (const character of characters) table[character.charCodeAt(0)] = kind
  return table
}

function tooMuch(what: keyof typeof MOST): Refusal {
  return new Refusal(
    'invalid',
    `the JSON has more than ${MOST[what]} ${what}, which is the most: send large tensors as binary data`,
  )
}
