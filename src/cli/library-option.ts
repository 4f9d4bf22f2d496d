import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { InputError } from '../errors.js'

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
      if (library !== undefined) process.env.ECLIP_LIBRARY = library
      if (!MAKERS.includes(action.name())) checkLibrary()
    })
}

/** If a library is named, it must exist; otherwise a typing error would silently select the shipped data. */
function checkLibrary(): void {
  const folder = process.env.ECLIP_LIBRARY
  if (!folder || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  const expected = 'a library folder (eclip characterize and eclip profile make one)'
  throw new InputError({ file: folder, expected, found: 'no such folder' })
}
