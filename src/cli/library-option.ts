import { existsSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, InputError } from '../errors.js'

/** Commands that create the library if it does not exist yet. */
const MAKERS: readonly string[] = ['characterize', 'profile', 'measure', 'import']

/**
 * Adds `--library` to the program, before or after every command. Its value becomes
 * `ECLIP_LIBRARY`, because that is where threads look as well.
 */
export function addLibraryOption(program: Command): void {
  program
    .option('--library <folder>', 'your own devices and profiles (else ECLIP_LIBRARY, or ./eclip)')
    .hook('preAction', (_, action) => {
      const { library } = program.opts<{ library?: string }>()
      if (library !== undefined) process.env.ECLIP_LIBRARY = named(library)
      if (!MAKERS.includes(action.name())) checkLibrary()
    })
}

/** An empty name, as of a shell variable that is not set, would silently select the library of the current folder. */
function named(folder: string): string {
  if (folder !== '') return folder
  const expected = 'the name of a folder'
  throw new InputError({ file: '--library', expected, found: describe(folder) })
}

/** If a library is named, it must exist; otherwise a typing error would silently select the shipped data. */
function checkLibrary(): void {
  const folder = process.env.ECLIP_LIBRARY
  if (!folder || (existsSync(folder) && statSync(folder).isDirectory())) return
  const expected = 'a library folder (eclip characterize and eclip profile make one)'
  throw new InputError({ file: folder, expected, found: 'no such folder' })
}
