import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { parseJson } from './json.js'
import { scanJson } from './json-scan.js'

function message(text: string): string {
  try {
    parseJson(text, 'f')
  } catch (error) {
    assert.ok(error instanceof InputError, `${error}`)
    assert.doesNotMatch(error.message, /\p{Cc}/u)
    return error.message
  }
  return 'parsed'
}

test('an error is reported with its line, what should stand there and what does', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{\n"a": 1,\n}', /^f: line 3: expected JSON: a key in double quotes, found "}"$/],
    ['[1,\n2,]', /^f: line 2: expected JSON: a value, found "]"$/],
    ['[1 2]', /line 1: expected JSON: a comma or the closing bracket, found "2]"/],
    ["{'a': 1}", /line 1: .*a key in double quotes or "}", found "'a': 1}"/],
    ['{"a" 1}', /expected JSON: a colon, found "1}"/],
    ['// why\n{}', /line 1: expected JSON: a value, found "\/\/ why"/],
    ['{"a": "x\ny"}', /line 1: expected JSON: a string that ends/],
    ['{"a": "\\q"}', /line 1: expected JSON: a string that ends/],
    ['{"a": 01}', /a comma or the closing bracket, found "1}"/],
    ['{"a": .5}', /expected JSON: a value, found "\.5}"/],
    ['{"a": 1]', /a comma or the closing bracket, found "]"/],
    ['{}\n{}', /line 2: expected JSON: nothing after the value/],
    ['{"a": [1, ', /^f: expected JSON, found the end of the file where a value should follow/],
    ['   ', /^f: expected JSON, found an empty file$/],
    ['[\u{1B}[2J]', /expected JSON: a value or "]", found "\\u001b\[2J]"/],
    ['{"a": {"__proto__": 1}}', /expected known keys only, found "__proto__"/],
    [`${'['.repeat(65)}${']'.repeat(65)}`, /at most 64 levels of nesting, found more/],
    [`[${'0,'.repeat(5_000_000)}0]`, /at most 5000000 values and keys, found more/],
  ]
  for (const [text, expected] of cases) assert.match(message(text), expected)
  assert.equal(message(`${'['.repeat(64)}${']'.repeat(64)}`), 'parsed')
})

test('NaN and Infinity become strings where a value stands, and nowhere else', () => {
  const text = '{"NaN": "NaN, Infinity", "b": [NaN, -Infinity , 1], "c": Infinity}'
  const expected = { NaN: 'NaN, Infinity', b: ['NaN', '-Infinity', 1], c: 'Infinity' }
  assert.deepEqual(parseJson(text, 'f'), expected)
  assert.match(message('{NaN: 1}'), /a key in double quotes/)
  assert.match(message(`[${'NaN,'.repeat(2000)}0]`), /line 1: expected JSON/)
})

test('a text is scanned in linear time, whatever it contains', () => {
  const hostile = ['"\\'.repeat(500_000), '\\'.repeat(1e6), '"'.repeat(1e6), '['.repeat(1e6)]
  for (const text of hostile) assert.ok(scanJson(text).fault)
})

test('the scan finds an error exactly where JSON.parse does', () => {
  const mutation = fc.tuple(
    fc.nat(),
    fc.nat(2),
    fc.constantFrom(...'{}[],:"\\ntrue-+.e01 \n\u{1}é'),
  )
  const mutated = fc.tuple(fc.json(), fc.array(mutation, { maxLength: 3 })).map(([json, edits]) =>
    edits.reduce((text, [at, cut, put]) => {
      const from = at % (text.length + 1)
      return text.slice(0, from) + put + text.slice(from + cut)
    }, json),
  )
  fc.assert(
    fc.property(mutated, (text) => {
      assert.equal(scanJson(text).fault === undefined, isJson(text), text)
    }),
    { numRuns: 2000, seed: 1 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
