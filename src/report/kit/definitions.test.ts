import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFINITIONS, definitionList, term } from './definitions.js'
import { named, parseMarkup, textOf } from './markup.test.fixture.js'

test('a term leads to its definition: a formula, then its meaning in a sentence', () => {
  const definitions = Object.values(DEFINITIONS)
  const list = parseMarkup(definitionList(definitions).markup)
  assert.equal(named(list, 'dt').length, definitions.length)
  for (const definition of definitions) {
    const [link] = named(parseMarkup(term(definition).markup), 'a')
    assert.equal(link.text, definition.name)
    const words = definition.name.toLowerCase().replaceAll(' ', '-')
    assert.match(link.attributes.href, /^#metric-[a-z]/)
    assert.ok(`#metric-${words}`.startsWith(link.attributes.href), link.attributes.href)
    const entry = named(list, 'div').find(
      ({ children }) => `#${children[0].attributes.id}` === link.attributes.href,
    )!
    assert.equal(entry.children[0].text, definition.name)
    const [formula, meaning] = named(entry, 'p')
    assert.equal(formula.attributes.class, 'formula')
    assert.ok(named(formula, 'i').length > 0 || textOf(formula).includes('WS'))
    assert.match(textOf(meaning), /^[A-Z].*\.$/)
  }
})
