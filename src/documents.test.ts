/** Checks that the files and fields that the documents name exist. */
import assert from 'node:assert/strict'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import {
  codeLines,
  DOCUMENTS,
  FILES,
  quoted,
  ROOT,
  tableRows,
  textOf,
} from './documents.test.fixture.js'
import { partitioners } from './mig/partitioners/registry.js'
import { policies } from './policy/registry.js'
import { schedulers } from './schedule/partitions/registry.js'
import { workloadSchema } from './workload/workload.js'

const PACKAGE = JSON.parse(textOf('package.json'))

/** Expands `a-{b,c}.ts` into `a-b.ts` and `a-c.ts`. */
function withoutBraces(text: string): string[] {
  const match = /^(.*?)\{([^}]*)\}(.*)$/.exec(text)
  if (match === null) return [text]
  const [, head, choices, tail] = match
  return choices.split(',').flatMap((choice) => withoutBraces(`${head}${choice}${tail}`))
}

const SOURCE_NAME = /^[\w.-]+\.(?:ts|py|mjs|md)$/
/** Names that a reader might put in a folder to be imported by mistake. */
const NOT_OURS = ['torch.py']
const RECORDED_NAME = /^h[12]00-[\w.-]+\.json(?:\.gz)?$/

/** The files and folders that a document names, without those that the reader supplies. */
function namedPaths(markdown: string, document: string): string[] {
  const code = [...quoted(markdown), ...codeLines(markdown)]
  const words = code.flatMap((text) => text.split(/[\s;"']+/)).flatMap(withoutBraces)
  const isFolder = (path: string) => FILES.some((file) => file.startsWith(`${path}/`))
  const isOurs = (word: string) =>
    /^[^/.].*\//.test(word) &&
    ['', dirname(document)].some((folder) => isFolder(join(folder, word.split('/')[0])))
  const named = words
    .filter((word) => !NOT_OURS.includes(word))
    .filter((word) => isOurs(word) || SOURCE_NAME.test(word) || RECORDED_NAME.test(word))
  const links = [...markdown.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target)
  return [...new Set([...named.map((word) => word.replace(/[:,.]+$/, '')), ...links])]
}

/** A regular expression for a path. `MODEL-BATCH.json.gz` and `NAME.ts` stand for any file of that form. */
function patternOf(named: string): string {
  return named
    .replace(/\/$/, '')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\b[A-Z]{2,}(?:-[A-Z]{2,})*(?=[./\\]|$)/g, '[^/]+')
}

/** Whether a path exists, seen from the root or from the document's folder. A bare name may be that of any file. */
function exists(named: string, document: string): boolean {
  const pattern = patternOf(named)
  const isKnown = (text: string) => FILES.some((path) => new RegExp(`^${text}(?:/|$)`).test(path))
  const beside = patternOf(normalize(join(dirname(document), named)))
  return isKnown(pattern) || isKnown(beside) || (!named.includes('/') && isKnown(`.*/${pattern}`))
}

for (const document of DOCUMENTS) {
  test(`${document} names files that exist`, () => {
    const missing = namedPaths(textOf(document), document).filter((path) => !exists(path, document))
    assert.deepEqual(missing, [])
  })
}

test('a missing file is detected', () => {
  const text =
    'See `src/policy/none.ts`, `docs/none.md`, `none.py`, `src/none/NAME.ts`, [a](none.png).'
  const missing = namedPaths(text, 'README.md').filter((path) => !exists(path, 'README.md'))
  assert.equal(missing.length, 5)
})

test('npm scripts that documents run exist', () => {
  const text = DOCUMENTS.map(textOf).join('\n')
  const scripts = [...text.matchAll(/npm run (?:-s )?([\w-]+)/g)].map(([, name]) => name)
  assert.ok(scripts.length > 0)
  assert.deepEqual(
    scripts.filter((name) => PACKAGE.scripts[name] === undefined),
    [],
  )
})

test('everything that the README and the pages name ships with the package, except the source', () => {
  const shipped: string[] = [...PACKAGE.files, 'README.md', 'LICENSE', 'package.json']
  const pages = DOCUMENTS.filter((path) => path.startsWith('docs/'))
  const notShipped = ['README.md', ...pages].flatMap((document) =>
    namedPaths(textOf(document), document)
      .map((named) => (exists(named, '') ? named : normalize(join(dirname(document), named))))
      .filter((named) => named.includes('/') || /\.md$/.test(named))
      .filter((named) => document === 'README.md' || !/^(?:src|lab)\//.test(named))
      .filter((named) => !shipped.some((one) => `${named}/`.startsWith(`${one}/`)))
      .map((named) => `${document}: ${named}`),
  )
  assert.deepEqual(notShipped, [])
})

/** The names of all properties in a JSON Schema, at any depth. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties } = schema as { properties?: object }
  return [...Object.keys(properties ?? {}), ...Object.values(schema).flatMap(fieldsOf)]
}

test('docs/workload.md has every field of the schema', () => {
  const fields = new Set(fieldsOf(z.toJSONSchema(workloadSchema, { io: 'input' })))
  assert.ok(fields.has('minimumShare') && fields.has('poisson'))
  const described = quoted(textOf('docs/workload.md')).join(' ')
  const missing = [...fields].filter((name) => !new RegExp(`\\b${name}\\b`).test(described))
  assert.deepEqual(missing, [])
})

/** What the tables of a page list: the names in the first column. */
function listedIn(page: string): string[] {
  return tableRows(textOf(page)).flatMap(([first]) => quoted(first))
}

test('docs/policies.md lists every policy and describes it, docs/mig.md lists every partitioner and scheduler', () => {
  const inTables = new Set(listedIn('docs/policies.md'))
  const described = new Set(textOf('docs/policies.md').split('\n'))
  const names = [...policies.keys()]
  assert.deepEqual(
    names.filter((name) => !inTables.has(name) || !described.has(`## ${name}`)),
    [],
  )
  const ofMig = new Set(listedIn('docs/mig.md'))
  const missing = [...partitioners.keys(), ...schedulers.keys()].filter((name) => !ofMig.has(name))
  assert.deepEqual(missing, [])
})

test('data/README.md lists every file under data', () => {
  const index = namedPaths(textOf('data/README.md'), 'data/README.md')
  const patterns = index.map((named) => new RegExp(`/${patternOf(named)}$`))
  const unlisted = FILES.filter(
    (path) => path.startsWith('data/') && path !== 'data/README.md',
  ).filter((path) => !patterns.some((pattern) => pattern.test(`/${path}`)))
  assert.deepEqual(unlisted, [])
})

for (const script of FILES.filter((path) => /^(bench|lab)\/.*\.mjs$/.test(path))) {
  test(`${script} imports only what exists`, async () => {
    const text = textOf(script)
    for (const [, names, path] of text.matchAll(/import \{([^}]*)\} from '(\.[^']*)'/g)) {
      const module = await import(pathToFileURL(join(ROOT, dirname(script), path)).href)
      const wanted = names.split(',').map((name) => name.trim().split(' ')[0])
      assert.deepEqual(
        wanted.filter((name) => name !== '' && !(name in module)),
        [],
        path,
      )
    }
  })
}
