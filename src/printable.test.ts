import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { printable, printableJson, printableLayout } from './printable.js'

const HOSTILE = 'a\u{1B}]0;title\u{7}\u{9B}2J\u{202E}b\u{2028}c\r\u{7F}\u{FEFF}'

test('characters that control a terminal are shown in another form', () => {
  const shown = 'a\\u001b]0;title\\u0007\\u009b2J\\u202eb\\u2028c\\u000d\\u007f\\ufeff'
  assert.equal(printable(HOSTILE), shown)
  assert.equal(printable('two\nlines\tof'), 'two\\u000alines\\u0009of')
  assert.equal(printable('µs − ± é 中 τ\u{202F}1'), 'µs − ± é 中 τ\u{202F}1')
})

test('a layout keeps its lines and colours, but control characters in names are shown', () => {
  const bold = '\u{1B}[1mname\u{1B}[22m\n\ttab'
  assert.equal(printableLayout(bold), bold)
  assert.equal(printableLayout(`x${HOSTILE}\n`), `x${printable(HOSTILE)}\n`)
  assert.equal(printableLayout('\u{1B}[2J\u{1B}[1;31m'), '\\u001b[2J\u{1B}[1;31m')
})

test('JSON keeps its value', () => {
  fc.assert(
    fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
      const value = { [text]: [JSON.parse(json), text, HOSTILE] }
      const shown = printableJson(JSON.stringify(value, null, 2))
      assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify(value)))
      assert.doesNotMatch(shown.replaceAll('\n', ''), /\p{Cc}|\u{202E}/u)
    }),
    { seed: 1 },
  )
})
