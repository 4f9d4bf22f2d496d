/** The library between a program and the driver, either as it comes with the package or built here from `native`. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WorkError } from '../errors.js'
import { runFolder } from '../io/run-folder.js'
import { completing } from '../io/write.js'

export const NATIVE_SOURCES = fileURLToPath(new URL('../../native', import.meta.url))
const FLAGS = ['-std=gnu11', '-D_GNU_SOURCE', '-O2']
const LIBRARY_FLAGS = [...FLAGS, '-fPIC', '-shared', '-fvisibility=hidden']
const LIBRARIES = ['-ldl', '-lpthread']
const BUILD_TIMEOUT_MS = 60_000

/**
 * Environment that makes a program load the library before all others.
 * @throws WorkError if it cannot be built
 */
export function preloadNativeLibrary(): { readonly LD_PRELOAD: string } {
  const { LD_PRELOAD: others } = process.env
  const { file } = nativeLibrary()
  return { LD_PRELOAD: others ? `${file}:${others}` : file }
}

/**
 * Environment that makes NVTX report the ranges of a program to the library.
 * @throws WorkError if the library cannot be built, or NVTX already reports to another one
 */
export function rangesToNativeLibrary(): { readonly NVTX_INJECTION64_PATH: string } {
  const { NVTX_INJECTION64_PATH: other } = process.env
  if (other)
    throw new WorkError(
      'NVTX_INJECTION64_PATH is set, and NVTX tells only one library of its ranges',
    )
  return { NVTX_INJECTION64_PATH: nativeLibrary().file }
}

/** The file of the library, and who built it. */
export interface NativeLibrary {
  readonly file: string
  readonly madeBy: 'package' | 'compiler'
}

/**
 * The library built from sources. If the package comes with a library built from exactly these,
 * that one is used.
 * @param sources folder of the sources
 * @throws WorkError if it must be built and cannot be, or cannot be written
 */
export function nativeLibrary(sources = NATIVE_SOURCES): NativeLibrary {
  const build = libraryBuild(sources)
  const prebuilt = join(sources, 'prebuilt', `${process.platform}-${process.arch}`, build.name)
  if (!existsSync(prebuilt) || !hasGlibc()) return { file: built(build), madeBy: 'compiler' }
  // Lists of libraries to load are split at spaces, which the path of the package may contain.
  const file = complete(build.name, (temporary) => copyFileSync(prebuilt, temporary))
  return { file, madeBy: 'package' }
}

/**
 * Builds a program from one file of `native`.
 * @returns the program's file
 * @throws WorkError if it cannot be built
 */
export function nativeProgram(source: string): string {
  const files = [join(NATIVE_SOURCES, source), join(NATIVE_SOURCES, 'driver.h')]
  return built({ name: `${basename(source, '.c')}-${digestOf(files, FLAGS)}`, files, flags: FLAGS })
}

/** The result of compiling C files and their headers, with a different name for each state of them. */
interface Build {
  readonly name: string
  readonly files: readonly string[]
  readonly flags: readonly string[]
}

/** How the library is built from the sources in a folder. */
export function libraryBuild(sources: string): Build {
  const names = readdirSync(sources).filter((name) => /\.[ch]$/.test(name))
  const files = names.sort().map((name) => join(sources, name))
  return { name: `libeclip-${digestOf(files, LIBRARY_FLAGS)}.so`, files, flags: LIBRARY_FLAGS }
}

function built({ name, files, flags }: Build): string {
  const sources = files.filter((file) => file.endsWith('.c'))
  return complete(name, (temporary) => {
    compile([...flags, '-o', temporary, ...sources, ...LIBRARIES])
  })
}

/** Creates a file in the run folder once. */
function complete(name: string, make: (temporary: string) => void): string {
  const file = join(runFolder('native'), name)
  if (!existsSync(file)) completing(file, make)
  return file
}

/** The libraries in the package are for glibc, in any version on which Node runs. */
function hasGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}

function digestOf(files: readonly string[], flags: readonly string[]): string {
  const hash = createHash('sha256').update(flags.join())
  for (const file of files) hash.update(readFileSync(file))
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
