import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { textTable } from './text-table.js'

const HEAD = ['policy', 'weighted\nspeedup', 'kernel-\nwise']
const ROWS = [
  ['baseline', '1.22', '-'],
  ['windows', '\u{1B}[32m1.54\u{1B}[39m', '+26%'],
]

test('a table has columns if it fits, and everywhere except on a terminal', () => {
  const wide =
    '          weighted  kernel-\npolicy     speedup     wise\nbaseline      1.22        -\n'
  assert.equal(textTable(HEAD, ROWS.slice(0, 1), { colours: 'plain' }), wide)
  assert.equal(textTable(HEAD, ROWS.slice(0, 1), { colours: 'plain', columns: 27 }), wide)
})

test('a single line that is too wide makes it a list', () => {
  const style = { colours: 'plain', columns: 12 } as const
  const rows = [
    ['a', ''],
    ['a long name', '123456'],
    ['b', ''],
  ]
  assert.equal(
    textTable(['n', 'v'], rows, style),
    ['n', 'a', '  v  ', 'a long name', '  v  123456', 'b', '  v  ', ''].join('\n'),
  )
})

test('on a narrower terminal it is a list, and colours take no width', () => {
  const list = [
    'policy',
    'baseline',
    '  weighted speedup  1.22',
    '  kernel-wise       -',
    'windows',
    '  weighted speedup  1.54',
    '  kernel-wise       +26%',
    '',
  ].join('\n')
  assert.equal(
    stripVTControlCharacters(textTable(HEAD, ROWS, { colours: 'plain', columns: 26 })),
    list,
  )
  assert.doesNotMatch(
    textTable(HEAD, ROWS, { colours: 'ansi', columns: 27 }),
    /^ {2}weighted speedup/m,
  )
})
