/** The library in the package is built from these sources, and no other library is ever run. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { libraryBuild, NATIVE_SOURCES, nativeLibrary } from './native-library.js'

const PREBUILT = join(NATIVE_SOURCES, 'prebuilt')
const COMPILERS = {
  'linux-x64': 'x86_64-linux-gnu-gcc',
  'linux-arm64': 'aarch64-linux-gnu-gcc',
}
const { name } = libraryBuild(NATIVE_SOURCES)

const folder = mkdtempSync(join(tmpdir(), 'eclip-prebuilt-'))
const { XDG_RUNTIME_DIR: outside, CC: compiler } = process.env
before(() => {
  process.env.XDG_RUNTIME_DIR = folder
  process.env.CC = 'no-such-cc'
})
after(() => {
  for (const [name, value] of Object.entries({ XDG_RUNTIME_DIR: outside, CC: compiler }))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  rmSync(folder, { recursive: true })
})

for (const [target, compiler] of Object.entries(COMPILERS)) {
  const [shipped] = readdirSync(join(PREBUILT, target))
  const file = join(PREBUILT, target, shipped)
  const bytes = readFileSync(file)

  test(`the library for ${target} matches the present sources`, () => {
    const mend = 'native has changed: npm run build:native, and commit that too'
    assert.deepEqual(readdirSync(join(PREBUILT, target)), [name], mend)
  })

  const { stdout: said } = spawnSync(compiler, ['--version'], { encoding: 'utf8' })
  const [, version] = /(\(.*)\n/.exec(said ?? '') ?? []
  const isSame = version !== undefined && bytes.includes(`GCC: ${version}\0`)
  const withSame = { skip: isSame ? false : `no ${compiler} of the version that built it` }
  test(`rebuilding the library for ${target} gives the same bytes`, withSame, () => {
    const words = [join(PREBUILT, 'build.mjs'), target, folder]
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.ok(readFileSync(join(folder, target, name)).equals(bytes))
  })

  const withReadelf = {
    skip: spawnSync('readelf', ['--version']).status === 0 ? false : 'no readelf',
  }
  test(`the library for ${target} needs glibc 2.17 and nothing else`, withReadelf, () => {
    const { stdout } = spawnSync('readelf', ['-dVW', file], { encoding: 'utf8' })
    const minors = [...stdout.matchAll(/Name: GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor))
    assert.ok(minors.length > 0 && Math.max(...minors) <= 17, stdout)
    const needed = [...stdout.matchAll(/\(NEEDED\).*\[(\w+)/g)].map(([, library]) => library)
    assert.ok(needed.includes('libc'))
    for (const library of needed) assert.match(library, /^(?:libc|libdl|libpthread|ld)$/)
  })
}

const isPrebuiltHere = `${process.platform}-${process.arch}` in COMPILERS
const skip = isPrebuiltHere ? false : 'the package brings no library for this machine'
test('without a compiler the library in the package is used, but not for other sources', {
  skip,
}, () => {
  const { file, madeBy } = nativeLibrary()
  assert.equal(madeBy, 'package')
  const prebuilt = join(PREBUILT, `${process.platform}-${process.arch}`, name)
  assert.ok(readFileSync(file).equals(readFileSync(prebuilt)))
  assert.ok(file.startsWith(folder), 'a path without spaces')

  const changed = join(folder, 'changed')
  // In bench/mutate.mjs the folder is a link to the sources themselves.
  cpSync(NATIVE_SOURCES, changed, { recursive: true, dereference: true })
  appendFileSync(join(changed, 'say.c'), '\n')
  const none = { message: 'no C compiler: no-such-cc is not on the PATH (CC names another)' }
  assert.throws(() => nativeLibrary(changed), none)
  if (compiler === undefined) delete process.env.CC
  else process.env.CC = compiler
  if (spawnSync(compiler ?? 'cc', ['--version']).status !== 0) return
  const built = nativeLibrary(changed)
  assert.equal(built.madeBy, 'compiler')
  assert.notEqual(built.file, file)
})
