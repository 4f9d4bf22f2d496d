/** Where a text stops being JSON, and what was expected there. */
export interface JsonFault {
  /** Index into the text; its length if the text ends too early. */
  readonly offset: number
  readonly expected: string
}

/** Findings about a text that `JSON.parse` rejects. */
export interface JsonScan {
  /** The first fault. Absent if the text is JSON except for bare numbers. */
  readonly fault?: JsonFault
  /** Start and end of each `NaN`, `Infinity` and `-Infinity` where a value is allowed. */
  readonly bareNumbers: readonly (readonly [start: number, end: number])[]
}

/** The kinds of token that may come next. */
type Awaited = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'end'

const WORDS: Readonly<Record<Awaited, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  colon: 'a colon',
  comma: 'a comma or the closing bracket',
  end: 'nothing after the value',
}

/**
 * Beyond this many, a bare number counts as a fault like any other, since only the first one is
 * reported anyway.
 */
const MOST_BARE = 1000

const BROKEN_STRING = 'a string that ends, with line breaks and the like escaped'

/** Scans a text once, in time linear in its length and without recursion. */
export function scanJson(text: string): JsonScan {
  const bareNumbers: [number, number][] = []
  const closing: string[] = []
  let awaited: Awaited = 'value'
  let at = endOf(SPACE, text, 0)
  while (at < text.length) {
    const token = tokenAt(text, at)
    if (!token) {
      const expected = text[at] === '"' ? BROKEN_STRING : WORDS[awaited]
      return { fault: { offset: at, expected }, bareNumbers }
    }
    const next: Awaited | undefined = follow(awaited, token.kind, closing)
    if (!next || (token.kind === 'bare' && bareNumbers.length === MOST_BARE)) {
      return { fault: { offset: at, expected: WORDS[awaited] }, bareNumbers }
    }
    if (token.kind === 'bare') bareNumbers.push([at, token.end])
    awaited = next
    at = endOf(SPACE, text, token.end)
  }
  if (awaited === 'end') return { bareNumbers }
  return { fault: { offset: text.length, expected: WORDS[awaited] }, bareNumbers }
}

type Kind = 'string' | 'scalar' | 'bare' | '{' | '}' | '[' | ']' | ',' | ':'

/**
 * What may follow a token; undefined if the token itself is not allowed here.
 * @param closing the brackets that must still close, innermost last; updated in place
 */
function follow(awaited: Awaited, kind: Kind, closing: string[]): Awaited | undefined {
  const isKey = kind === 'string' && awaited.startsWith('key')
  if (isKey) return 'colon'
  switch (kind) {
    case '}':
    case ']':
      if (closing.at(-1) !== kind) return undefined
      if (awaited !== 'comma' && !awaited.endsWith(kind)) return undefined
      closing.pop()
      return afterValue(closing)
    case ',':
      if (awaited !== 'comma') return undefined
      return closing.at(-1) === '}' ? 'key' : 'value'
    case ':':
      return awaited === 'colon' ? 'value' : undefined
  }
  if (!awaited.startsWith('value')) return undefined
  if (kind === '{' || kind === '[') {
    closing.push(kind === '{' ? '}' : ']')
    return kind === '{' ? 'key or }' : 'value or ]'
  }
  return afterValue(closing)
}

function afterValue(closing: readonly string[]): Awaited {
  return closing.length > 0 ? 'comma' : 'end'
}

const SPACE = /[ \t\n\r]*/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const BARE_NUMBER = /-?(?:NaN|Infinity)/y
const MARK = /[{}[\],:]/y

function tokenAt(text: string, at: number): { kind: Kind; end: number } | undefined {
  if (text[at] === '"') {
    const end = endOfString(text, at)
    return end === undefined ? undefined : { kind: 'string', end }
  }
  const mark = endOf(MARK, text, at)
  if (mark > at) return { kind: text[at] as Kind, end: mark }
  const scalar = endOf(SCALAR, text, at)
  if (scalar > at) return { kind: 'scalar', end: scalar }
  const bare = endOf(BARE_NUMBER, text, at)
  return bare > at ? { kind: 'bare', end: bare } : undefined
}

/** Where a match of a sticky pattern ends, or where it should have started if there is none. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const FIRST_PRINTABLE = 0x20
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/** Index after the closing quotation mark; undefined if the string is broken. */
function endOfString(text: string, start: number): number | undefined {
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    const next = code === BACKSLASH ? endOf(ESCAPE, text, at) : at + 1
    if (next === at || code < FIRST_PRINTABLE) return undefined
    at = next
  }
  return undefined
}
