import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { InputError } from '../errors.js'

/** Commands that make the library where it is not there yet. */
const MAKERS: readonly string[] = ['characterize', 'profile', 'measure', 'import']

/**
 * Adds `--library` to the program, before or behind every command. Its value becomes
 * `ECLIP_LIBRARY`, which is what files and threads look at.
 */
export function addLibraryOption(program: Command): void {
  program
    .option('--library <folder>', 'your own devices and profiles (else ECLIP_LIBRARY, or ./eclip)')
    .hook('preAction', (_, action) => {
      const { library } = program.opts<{ library?: string }>()
      if (library !== undefined) process.env.ECLIP_LIBRARY = library
      if (!MAKERS.includes(action.name())) checkLibrary()
    })
}

/** A library that was named must be there: a slip of the pen must not mean the shipped data. */
function checkLibrary(): void {
  const folder = process.env.ECLIP_LIBRARY
  if (!folder || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  const expected = 'a library folder (eclip characterize and eclip profile make one)'
  throw new InputError({ file: folder, path: '', expected, found: 'no such folder' })
}
