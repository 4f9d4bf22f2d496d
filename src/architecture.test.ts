/** Compares the imports of `src` with the picture that ARCHITECTURE.md draws of them. */
import assert from 'node:assert/strict'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { FILES, quoted, tableRows, textOf } from './documents.test.fixture.js'

const ARCHITECTURE = textOf('ARCHITECTURE.md')
const MODULES = FILES.filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
const PRODUCT = MODULES.filter((path) => !/\.test\.|\/testing\.ts$/.test(path))

interface Import {
  readonly from: string
  /** The path of a module of the project, or the name of a package. */
  readonly to: string
  /** Whether nothing is left of it once the module is compiled. */
  readonly ofTypes: boolean
}

/** The text of a module without its comments, so that prose is not mistaken for code. */
function codeOf(path: string): string {
  return textOf(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function importsOf(from: string): Import[] {
  const specifiers = codeOf(from).matchAll(
    /^(?:import|export)( type)? (?:[^'=;()]* from )?'([^'\s]+)'$|\bimport\('([^'\s]+)'\)/gm,
  )
  return [...specifiers].map(([, type, named, dynamic]) => {
    const specifier = named ?? dynamic
    const to = specifier.startsWith('.')
      ? normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts')
      : specifier
    return { from, to, ofTypes: type !== undefined }
  })
}

const IMPORTS = PRODUCT.flatMap(importsOf)

/** The fenced blocks of the page: first the arrows, then the rooms in order. */
const [ARROWS, ROOMS] = [...ARCHITECTURE.matchAll(/```\n([\s\S]*?)\n```/g)].map(([, block]) =>
  block.split('\n'),
)

/** The rooms as they are drawn, one line each, the highest first. */
const ORDER = ROOMS.map((line) => line.split(/ +/))

/** `src/policy/solver/hull.ts` is in `policy`. `src/errors.ts` is in `*.ts`, unless it is drawn separately. */
function roomOf(path: string): string {
  const [, room, ...rest] = path.split('/')
  if (rest.length > 0) return room
  const name = room.replace(/\.ts$/, '')
  return ORDER.flat().includes(name) ? name : '*.ts'
}

/** The entry in the column "pure" of the table, for each room. */
function roomTable(): Map<string, string> {
  const rows = tableRows(ARCHITECTURE).filter(([name]) => /^`src\//.test(name))
  return new Map(rows.map(([name, , pure]) => [name.slice('`src/'.length, -1), pure]))
}

test('every room is drawn once, and in the table if it is a folder', () => {
  const rooms = [...new Set(MODULES.filter((path) => !path.includes('.test.')).map(roomOf))].sort()
  assert.deepEqual(ORDER.flat().sort(), rooms)
  const folders = rooms.filter((room) => MODULES.some((path) => path.startsWith(`src/${room}/`)))
  assert.deepEqual([...roomTable().keys()].sort(), [...folders, 'index.ts'].sort())
})

/** The other rooms from which each room imports. */
const USES = new Map(ORDER.flat().map((room) => [room, new Set<string>()]))
for (const { from, to } of IMPORTS) {
  if (to.startsWith('src/') && roomOf(from) !== roomOf(to)) USES.get(roomOf(from))!.add(roomOf(to))
}

test('every room stands on the line above the highest room that it imports', () => {
  const levels = new Map<string, number>()
  const levelOf = (room: string, above: readonly string[] = []): number => {
    assert.ok(!above.includes(room), `circle of rooms: ${[...above, room].join(' -> ')}`)
    const used = [...USES.get(room)!].map((lower) => levelOf(lower, [...above, room]))
    levels.set(room, Math.max(-1, ...used) + 1)
    return levels.get(room)!
  }
  const rooms = ORDER.flat().sort()
  const height = Math.max(...rooms.map((room) => levelOf(room)))
  const imported = Array.from({ length: height + 1 }, (_, line) =>
    rooms.filter((room) => levels.get(room) === height - line).join('  '),
  )
  assert.deepEqual(ROOMS, imported)
})

test('whatever stands right of an arrow imports what stands left of it', () => {
  const wrong = ARROWS.flatMap((line) => {
    const [drawing] = line.split(/ {3,}/)
    const stops = drawing.split(' ─► ').map((names) => names.split(', '))
    return stops.flatMap((rights, i) =>
      rights.flatMap((right) =>
        (stops[i - 1] ?? [])
          .filter((left) => !USES.get(right)?.has(left))
          .map((left) => `${left} ─► ${right}`),
      ),
    )
  })
  assert.deepEqual(wrong, [])
  assert.ok(ARROWS.join().split('─►').length > 10, 'the picture has lost its arrows')
})

test('no modules import each other in a circle', () => {
  const done = new Set<string>()
  const visit = (path: string, above: readonly string[]): void => {
    assert.ok(!above.includes(path), `circle: ${[...above, path].join(' -> ')}`)
    if (done.has(path)) return
    for (const { from, to } of IMPORTS) if (from === path) visit(to, [...above, path])
    done.add(path)
  }
  for (const path of PRODUCT) visit(path, [])
})

test('every import leads to a module that exists, or to a package that is declared', () => {
  const { dependencies } = JSON.parse(textOf('package.json'))
  const known = new Set([...MODULES, ...Object.keys(dependencies)])
  const packageOf = (name: string) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]
  const unknown = IMPORTS.filter(({ to }) => !to.startsWith('node:')).filter(
    ({ to }) => !known.has(to) && !known.has(packageOf(to)),
  )
  assert.deepEqual(unknown, [])
})

/** Anything that makes the result of a function depend on more than its arguments. */
const IMPURE = [
  /from 'node:/,
  /\bprocess\./,
  /\bDate\.now\b|\bnew Date\(\)/,
  /\bperformance\./,
  /\bMath\.random\b/,
  /\bset(?:Timeout|Interval|Immediate)\(/,
  /\bconsole\./,
  /^let /m,
]

for (const [room, pure] of roomTable()) {
  if (!pure.startsWith('yes')) continue
  test(`${room} is pure${pure.slice('yes'.length)}`, () => {
    const excepted = quoted(pure)
    const modules = PRODUCT.filter((path) => path.startsWith(`src/${room}/`))
    const impure = modules
      .filter((path) => !excepted.some((name) => path === `src/${room}/${name}`))
      .flatMap((path) =>
        IMPURE.filter((sign) => sign.test(codeOf(path))).map((sign) => [path, sign]),
      )
    assert.deepEqual(impure, [])
    for (const name of excepted) {
      assert.ok(
        IMPURE.some((sign) => sign.test(codeOf(`src/${room}/${name}`))),
        `${name} is pure now`,
      )
    }
  })
}

test('pure rooms import nothing but types from rooms that are not pure', () => {
  const impure = [...roomTable()].flatMap(([room, pure]) => (pure.startsWith('no') ? [room] : []))
  const wrong = IMPORTS.filter(
    ({ from, to, ofTypes }) =>
      !ofTypes &&
      to.startsWith('src/') &&
      roomTable().get(roomOf(from))?.startsWith('yes') &&
      impure.includes(roomOf(to)),
  )
  assert.ok(impure.length > 5)
  assert.deepEqual(wrong, [])
})

/** Words of vendors, and the rooms that may use them. */
const VENDOR_WORDS = [
  { words: /green.?c(?:on)?te?xt|\bcu.?masks?\b|barrier.?packet/i, rooms: ['device', 'binding'] },
  {
    words: /'(?:nvidia|amd)'/,
    rooms: ['device', 'binding', 'mig'],
  },
  { words: /\bvendor\b [!=]== '/, rooms: ['device', 'binding', 'mig'] },
] as const

for (const { words, rooms } of VENDOR_WORDS) {
  test(`only ${rooms.join(', ')} say ${words.source}`, () => {
    const wrong = PRODUCT.filter((path) => !rooms.some((room) => room === roomOf(path))).filter(
      (path) => words.test(codeOf(path)),
    )
    assert.deepEqual(wrong, [])
    for (const room of rooms) {
      const said = PRODUCT.some((path) => roomOf(path) === room && words.test(codeOf(path)))
      assert.ok(said, `${room} does not say it any more`)
    }
  })
}
