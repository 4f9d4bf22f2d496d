import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPage, factsOf, named, textOf } from './markup.test.fixture.js'
import { type PageContent, page } from './page.js'

const section = (id: string, more = {}) => ({ id, title: `The ${id}`, body: 'b', ...more })
const pageOf = (content: Partial<PageContent>) =>
  checkPage(page({ title: 't', lead: 'l', sections: [section('a')], ...content }))

test('a page has the facts that it is given, even a single one, and none otherwise', () => {
  assert.deepEqual(factsOf(pageOf({ facts: [{ label: 'n', value: '1' }] })), [['n', '1']])
  assert.equal(named(pageOf({ facts: [] }), 'dl').length, 0)
})

test('from three sections on there are links to them, by their short names', () => {
  const linksOf = (...ids: string[]): string[] =>
    named(pageOf({ sections: ids.map((id) => section(id)) }), 'nav').map(textOf)
  assert.deepEqual(linksOf('a', 'b'), [])
  assert.deepEqual(linksOf('a', 'b', 'c'), ['The aThe bThe c'])
  const sections = [section('a', { short: 'First' }), section('b'), section('c')]
  assert.deepEqual(
    named(pageOf({ sections }), 'a').map((link) => [textOf(link), link.attributes.href]),
    [
      ['First', '#a'],
      ['The b', '#b'],
      ['The c', '#c'],
    ],
  )
})
