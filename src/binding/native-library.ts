/** The library that stands between a program and the driver, built from `native` where it is used. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WorkError } from '../errors.js'
import { runFolder } from '../io/run-folder.js'
import { temporaryIn } from '../io/write.js'

export const NATIVE_SOURCES = fileURLToPath(new URL('../../native', import.meta.url))
const FLAGS = ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-fPIC', '-shared', '-fvisibility=hidden']
const LIBRARIES = ['-ldl', '-lpthread']
const BUILD_TIMEOUT_MS = 60_000

/**
 * What makes a program load the library before all others.
 * @throws WorkError if it cannot be built
 */
export function preloadNativeLibrary(): { readonly LD_PRELOAD: string } {
  const { LD_PRELOAD: others } = process.env
  const library = nativeLibrary()
  return { LD_PRELOAD: others ? `${library}:${others}` : library }
}

/**
 * The library's file. It is built once for each state of its source, under a name of its own that
 * it loses when it is complete.
 */
function nativeLibrary(): string {
  const names = readdirSync(NATIVE_SOURCES)
  const sources = names
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(NATIVE_SOURCES, name))
  const folder = runFolder('native')
  const library = join(folder, `libeclip-${digestOf(sources)}.so`)
  if (existsSync(library)) return library
  const temporary = temporaryIn(folder)
  try {
    compile(
      sources.filter((name) => name.endsWith('.c')),
      temporary,
    )
    renameSync(temporary, library)
  } finally {
    rmSync(temporary, { force: true })
  }
  return library
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256').update(FLAGS.join())
  for (const file of [...files].sort()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

function compile(sources: readonly string[], output: string): void {
  const compiler = process.env.CC || 'cc'
  const words = [...FLAGS, '-o', output, ...sources, ...LIBRARIES]
  const { status, error, stderr } = spawnSync(compiler, words, {
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  })
  if (status === 0) return
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  const missing = `no C compiler: ${compiler} is not on the PATH (CC names another)`
  const reason = error?.message ?? stderr.trim().split('\n')[0]
  throw new WorkError(isMissing ? missing : `${compiler} cannot build the library: ${reason}`)
}
