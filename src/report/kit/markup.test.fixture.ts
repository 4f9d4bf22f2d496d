import assert from 'node:assert/strict'
import { SaxesParser } from 'saxes'

/** An element of parsed markup. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** The text directly inside the element. */
  text: string
  readonly children: Element[]
}

/** Parses markup strictly, as XML. @throws AssertionError if it is not well formed */
export function parseMarkup(markup: string): Element {
  const root: Element = { name: '', attributes: {}, text: '', children: [] }
  const path = [root]
  const parser = new SaxesParser()
  parser.on('error', (error) => assert.fail(`not well-formed: ${error.message}`))
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes, text: '', children: [] }
    path[path.length - 1].children.push(element)
    path.push(element)
  })
  parser.on('text', (text) => {
    path[path.length - 1].text += text
  })
  parser.on('closetag', () => path.pop())
  parser.write(markup).close()
  return root
}

/** An element and all elements below it, in document order. */
export function elementsOf(element: Element): Element[] {
  return [element, ...element.children.flatMap(elementsOf)]
}

/** All elements below an element that have this name, in document order. */
export function named(element: Element, name: string): Element[] {
  return elementsOf(element).filter((found) => found.name === name)
}

/** All text below an element. */
export function textOf(element: Element): string {
  return element.text + element.children.map(textOf).join('')
}

/** The figures in the head of a page: what each is, its value, and the words below. */
export function factsOf(page: Element): string[][] {
  const facts = named(page, 'dl').find(({ attributes }) => attributes.class === 'facts')
  return (facts?.children ?? []).map(({ children: [label, value] }) => [
    textOf(label),
    value.text,
    ...value.children.map(textOf),
  ])
}

/** The rows of the table with a caption, each cell as its text; titles and units come first. */
export function rowsOf(page: Element, caption: string): string[][] {
  const table = named(page, 'table').find(({ children }) => textOf(children[0]) === caption)
  assert.ok(table, `a table with the caption ${caption}`)
  return named(table, 'tr').map(({ children }) => children.map(textOf))
}

/**
 * Checks what every report must be: one offline file whose figures can be read
 * aloud and whose links lead somewhere.
 */
export function checkPage(markup: string): Element {
  const root = parseMarkup(markup)
  const all = elementsOf(root)
  const ids = all.flatMap(({ attributes }) => attributes.id ?? [])
  assert.deepEqual(ids, [...new Set(ids)], 'ids are unique')
  for (const { attributes } of named(root, 'a')) {
    assert.ok(ids.includes(attributes.href.slice(1)), `${attributes.href} leads nowhere`)
  }
  for (const { attributes, children } of named(root, 'section')) {
    assert.match(attributes.id, /^[a-z][a-z-]*$/, 'a section has a short name to link to')
    assert.ok(textOf(children[0]).length > 0, 'and a title')
  }
  for (const paragraph of named(root, 'p')) {
    const blocks = elementsOf(paragraph)
      .slice(1)
      .filter(({ name }) => /^(p|h\d|figure|table|ul|dl|div)$/.test(name))
    assert.deepEqual(blocks, [], 'a paragraph holds only phrases')
  }
  assert.deepEqual(named(root, 'script'), [])
  assert.deepEqual(named(root, 'link'), [])
  for (const { attributes } of all) {
    assert.ok(!('src' in attributes) && !('xlink:href' in attributes), 'nothing is fetched')
  }
  assert.doesNotMatch(markup, /url\(|@import/, 'the style fetches nothing')
  for (const svg of all.filter(({ attributes }) => attributes.role === 'img')) {
    const [title, description] = svg.children
    assert.equal(title?.name, 'title')
    assert.equal(description?.name, 'desc')
    assert.ok(title.text.length > 0 && description.text.length > 0, 'figures say what they show')
  }
  assert.doesNotMatch(markup, /NaN|undefined|Infinity|\[object/)
  const levels = all.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name[1])] : []))
  levels.forEach((level, i) => {
    assert.ok(level <= (levels[i - 1] ?? 0) + 1, `heading ${i + 1} skips a level`)
  })
  for (const table of named(root, 'table')) {
    assert.equal(table.children[0]?.name, 'caption', 'tables say what they hold')
    assert.ok(textOf(table.children[0]).length > 0)
  }
  for (const mark of all.filter(({ attributes }) => attributes.role === 'listitem')) {
    assert.equal(mark.attributes.tabindex, '0', 'a keyboard reaches what marks say')
    assert.ok(textOf(mark).length > 0)
  }
  return root
}
