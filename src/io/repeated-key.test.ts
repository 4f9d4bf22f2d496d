import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from './json.js'

/** A value as it is written down: an object is a list of keys with values, in which a key may be repeated. */
type Written = string | number | Written[] | { readonly entries: [string, Written][] }

const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(1, Number.NaN, 'a', '":', '{"a":1,"a":2}'),
    fc.array(tie('written'), { maxLength: 3 }),
    fc.record({
      entries: fc.array(fc.tuple(fc.constantFrom('a', 'b', '":', '\\'), tie('written')), {
        maxLength: 4,
      }),
    }),
  ),
}))

function textOf(value: Written): string {
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  return `{${value.entries.map(([key, one]) => `${JSON.stringify(key)} :${textOf(one)}`).join()}}`
}

/** The place of the first key that an object has twice, in the form that errors use. */
function firstRepeated(value: Written, path = ''): string | undefined {
  if (typeof value !== 'object') return undefined
  if (Array.isArray(value)) {
    return value
      .map((one, i) => firstRepeated(one, `${path}[${i}]`))
      .find((found) => found !== undefined)
  }
  const seen = new Set<string>()
  for (const [key, one] of value.entries) {
    const place = `${path}.${key}`
    const found = seen.has(key) ? place : firstRepeated(one, place)
    if (found !== undefined) return found
    seen.add(key)
  }
  return undefined
}

test('the first key that an object has twice is refused with its path, and no other text is refused', () => {
  fc.assert(
    fc.property(written, (value) => {
      const place = firstRepeated(value)?.replace(/^\./, '')
      const read = () => parseJson(textOf(value), 'f')
      if (place === undefined) assert.doesNotThrow(read)
      else assert.throws(read, { message: `f: ${place}: expected this key once, found it twice` })
    }),
    { numRuns: 2000 },
  )
})

test('a key that is written in a different way is still the same key', () => {
  const text = '{"models": [{}, {"rate": 1, "r\\u0061te": 2}]}'
  assert.throws(() => parseJson(text, 'f'), /^InputError: f: models\[1\]\.rate: /)
})
