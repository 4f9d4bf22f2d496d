import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { coordinate, html } from './html.js'
import { parseMarkup } from './markup.test.fixture.js'

const unisolated = (text: string): string => text.replace(/[\u{2068}\u{2069}]/gu, '')

test('any text survives in markup, as text and as an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const [element] = parseMarkup(html`<p title="${text}">${text}</p>`.markup).children
      const readable = [...text]
        .map((c) =>
          /[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(c) ? c : '\u{FFFD}',
        )
        .join('')
      assert.equal(unisolated(element.text), unisolated(readable.replace(/\r\n?/g, '\n')))
      assert.equal(
        unisolated(element.attributes.title),
        unisolated(readable.replace(/\r\n/g, ' ').replace(/[\t\n\r]/g, ' ')),
      )
      assert.deepEqual(element.children, [])
    }),
  )
})

test('a name written from right to left keeps to itself, so that numbers beside it keep their place', () => {
  for (const [text, isolated] of [
    ['מודל/8: 99% (نموذج صغير)', '⟨מודל⟩/8: 99% (⟨نموذج صغير⟩)'],
    ['albert/8: 99%', 'albert/8: 99%'],
  ]) {
    const { markup } = html`<i title="${text}">${text}</i>`
    const shown = markup.replaceAll('\u{2068}', '⟨').replaceAll('\u{2069}', '⟩')
    assert.equal(shown, `<i title="${isolated}">${isolated}</i>`)
  }
})

test('markup is kept, lists are joined, and nothing prints nothing', () => {
  const items = ['a', '<'].map((text) => html`<li>${text}</li>`)
  assert.equal(
    html`<ul>${items}${null}${undefined}${false}</ul>`.markup,
    '<ul><li>a</li><li>&lt;</li></ul>',
  )
})

test('coordinates are rounded and must be finite', () => {
  assert.equal(coordinate(1 / 3), '0.33')
  assert.equal(coordinate(-0.001), '0')
  assert.equal(html`${100}`.markup, '100')
  assert.throws(() => html`${Number.NaN}`, RangeError)
})
