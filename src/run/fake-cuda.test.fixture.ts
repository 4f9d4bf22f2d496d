/** The driver of `native/tests`, which needs no GPU, and programs that use it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { NATIVE_SOURCES } from '../binding/native-library.js'

/** Options for tests that need a C compiler. */
export const withCompiler = {
  skip: spawnSync('cc', ['--version']).status === 0 ? false : 'no C compiler',
}

/** Compiles a file of `native/tests`. */
export function compileTest(output: string, source: string, ...words: readonly string[]): void {
  const file = join(NATIVE_SOURCES, 'tests', source)
  const built = spawnSync('cc', ['-D_GNU_SOURCE', '-o', output, file, ...words, '-ldl'], {
    encoding: 'utf8',
  })
  assert.equal(built.status, 0, built.stderr)
}

/** Builds the driver into a folder, for use in `LD_LIBRARY_PATH`. */
export function compileFakeDriver(folder: string): void {
  const words = ['-shared', '-fPIC', '-Wl,-soname,libcuda.so.1']
  compileTest(join(folder, 'libcuda.so.1'), 'fake-cuda.c', ...words)
}
