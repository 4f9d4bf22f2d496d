/**
 * Builds the library that the package brings, for each machine: `npm run build:native [-- TARGET [FOLDER]]`. The same
 * compiler makes the same bytes of the same sources, wherever they are. Needs a built checkout, and Debian's gcc and
 * gcc-aarch64-linux-gnu.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { libraryBuild, NATIVE_SOURCES } from '../../dist/binding/native-library.js'

const COMPILERS = { 'linux-x64': 'x86_64-linux-gnu-gcc', 'linux-arm64': 'aarch64-linux-gnu-gcc' }
/** Before glibc 2.34, these held what is now in one library; since then they are there, and empty. */
const OLD_LIBRARIES = ['-l:libdl.so.2', '-l:libpthread.so.0']

const [target, folder = import.meta.dirname] = process.argv.slice(2)
const { name, files, flags } = libraryBuild(NATIVE_SOURCES)
const sources = files.filter((file) => file.endsWith('.c')).map((file) => basename(file))
for (const one of target ? [target] : Object.keys(COMPILERS)) {
  const place = join(folder, one)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  const old = ['-include', 'prebuilt/old-glibc.h', '-Wl,--no-as-needed', ...OLD_LIBRARIES]
  const plain = ['-s', '-Wl,--build-id=none', '-o', join(place, name)]
  execFileSync(COMPILERS[one], [...flags, ...plain, ...sources, ...old], {
    cwd: NATIVE_SOURCES,
    stdio: 'inherit',
  })
}
