/** Seeded damage to good files: to bytes, and to the values of JSON. */
import type { Random } from '../../random.js'
import { withValue } from './edit.test.fixture.js'

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]
}

/** Flips, removes, doubles or inserts bytes, a few at a time. */
export function mutateBytes(good: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(good)
  for (let edits = 1 + random.integer(4); edits > 0 && bytes.length > 0; edits--) {
    const at = random.integer(bytes.length)
    const end = Math.min(bytes.length, at + 1 + random.integer(random.integer(64) + 1))
    const noise = Buffer.from(Array.from({ length: end - at }, () => random.integer(256)))
    const [head, part, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)]
    const changes = [
      [head, noise, tail],
      [head, tail],
      [head, part, part, tail],
      [head, noise, part, tail],
      [head, part],
      [head, Buffer.from(pick(random, TOKENS)), tail],
    ]
    bytes = Buffer.concat(pick(random, changes))
  }
  return bytes
}

const TOKENS = ['NaN', '-1', '1e999', '"', '\\', '{', '}', '[', ']', ',', ':', 'null', '\u{1B}[2J']

/** Values that hardly any field accepts, or that demand very much where they are accepted. */
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1,
  2,
  1e-9,
  1e-300,
  1e9,
  1e15,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  '',
  'x',
  '__proto__',
  'constructor',
  '/dev/zero',
  '\u{1B}[2J',
  'x'.repeat(10_000),
  [],
  {},
  [[]],
  Array(3000).fill(0),
  'closed',
  'eclip.plan/1',
]

/** JSON with some of its values replaced, left out, scaled, repeated, moved or renamed. */
export function mutateJson(good: unknown, random: Random): string {
  // Most files only get odd numbers, so that many of them are read to the end.
  const mutate = random.uniform() < 0.7 ? scaleNumber : mutateOnce
  let document = good
  for (let edits = 1 + random.integer(3); edits > 0; edits--) document = mutate(document, random)
  const text = JSON.stringify(document) ?? ''
  return random.uniform() < 0.1 ? withKeyTwice(text, random) : text
}

/** The walk down a document is repeated until it meets a number; some documents have none. */
const MOST_TRIES = 100

function scaleNumber(document: unknown, random: Random): unknown {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const path = randomPath(document, random)
    const value = at(document, path)
    if (typeof value !== 'number') continue
    const scaled = value * 10 ** (random.integer(13) - 6)
    const replacement = pick(random, [scaled, Math.round(scaled), value + 1, value - 1, 2 * value])
    return withValue(document, path, replacement)
  }
  return mutateOnce(document, random)
}

function mutateOnce(document: unknown, random: Random): unknown {
  const path = randomPath(document, random)
  const value = at(document, path)
  const put = (replacement: unknown): unknown => withValue(document, path, replacement)
  const isNumber = typeof value === 'number'
  const list = Array.isArray(value) ? value : [value]
  return pick<() => unknown>(random, [
    () => put(pick(random, VALUES)),
    () => put(undefined),
    () => put(at(document, randomPath(document, random))),
    () => put(isNumber ? value * 10 ** (random.integer(41) - 20) : list),
    () => put(isNumber ? -value : Array(500).fill(list[0])),
    () => put(isNumber ? value + random.integer(3) - 1 : [...list, ...list]),
    () => put(list.toReversed()),
    () => put({ [pick(random, ['', 'a', '0', 'length', 'toString'])]: value }),
    () => put(nested(value, 1 + random.integer(200))),
  ])()
}

function nested(value: unknown, depth: number): unknown {
  let inner = value
  for (let i = 0; i < depth; i++) inner = i % 2 === 0 ? [inner] : { a: inner }
  return inner
}

/** A walk down the document that may stop anywhere, so that deeply nested values are met as often as others. */
function randomPath(document: unknown, random: Random): string {
  const keys: string[] = []
  let node = document
  while (node !== null && typeof node === 'object' && random.uniform() > 0.1) {
    const names = Object.keys(node)
    if (names.length === 0) break
    const key = pick(random, names)
    keys.push(key)
    node = (node as Record<string, unknown>)[key]
  }
  return keys.join('.')
}

function at(document: unknown, path: string): unknown {
  const keys = path.split('.').filter((key) => key !== '')
  return keys.reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], document)
}

/** Puts a second value for some key of the text before the first. */
function withKeyTwice(text: string, random: Random): string {
  const keys = [...text.matchAll(/"[\w-]+":/g)]
  if (keys.length === 0) return text
  const { index, 0: key } = pick(random, keys)
  return `${text.slice(0, index)}${key}${JSON.stringify(pick(random, VALUES))},${text.slice(index)}`
}
