/** The library that stands between a program and the driver, built from `native` where it is used. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WorkError } from '../errors.js'
import { runFolder } from '../io/run-folder.js'
import { temporaryIn } from '../io/write.js'

export const NATIVE_SOURCES = fileURLToPath(new URL('../../native', import.meta.url))
const FLAGS = ['-std=gnu11', '-D_GNU_SOURCE', '-O2']
const LIBRARY_FLAGS = [...FLAGS, '-fPIC', '-shared', '-fvisibility=hidden']
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
 * What makes NVTX tell the library which ranges a program opens.
 * @throws WorkError if the library cannot be built, or another is to be told
 */
export function rangesToNativeLibrary(): { readonly NVTX_INJECTION64_PATH: string } {
  const { NVTX_INJECTION64_PATH: other } = process.env
  if (other)
    throw new WorkError(
      'NVTX_INJECTION64_PATH is set, and NVTX tells only one library of its ranges',
    )
  return { NVTX_INJECTION64_PATH: nativeLibrary() }
}

function nativeLibrary(): string {
  const names = readdirSync(NATIVE_SOURCES).filter((name) => /\.[ch]$/.test(name))
  return built(
    (digest) => `libeclip-${digest}.so`,
    names.map((name) => join(NATIVE_SOURCES, name)),
    LIBRARY_FLAGS,
  )
}

/**
 * Builds a program of one file of `native`.
 * @returns its file
 * @throws WorkError if it cannot be built
 */
export function nativeProgram(source: string): string {
  const files = [join(NATIVE_SOURCES, source), join(NATIVE_SOURCES, 'driver.h')]
  return built((digest) => `${basename(source, '.c')}-${digest}`, files, FLAGS)
}

/**
 * What is made of C files and their headers. It is built once for each state of them, under a name
 * of its own that it loses when it is complete.
 */
function built(
  nameWith: (digest: string) => string,
  files: readonly string[],
  flags: readonly string[],
): string {
  const folder = runFolder('native')
  const output = join(folder, nameWith(digestOf(files, flags)))
  if (existsSync(output)) return output
  const temporary = temporaryIn(folder)
  try {
    const sources = files.filter((name) => name.endsWith('.c'))
    compile([...flags, '-o', temporary, ...sources, ...LIBRARIES])
    renameSync(temporary, output)
  } finally {
    rmSync(temporary, { force: true })
  }
  return output
}

function digestOf(files: readonly string[], flags: readonly string[]): string {
  const hash = createHash('sha256').update(flags.join())
  for (const file of [...files].sort()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

function compile(words: readonly string[]): void {
  const compiler = process.env.CC || 'cc'
  const { status, error, stderr } = spawnSync(compiler, words, {
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  })
  if (status === 0) return
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  const missing = `no C compiler: ${compiler} is not on the PATH (CC names another)`
  const reason = error?.message ?? stderr.trim().split('\n')[0]
  throw new WorkError(isMissing ? missing : `${compiler} cannot build what eclip needs: ${reason}`)
}
