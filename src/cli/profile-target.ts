import { join } from 'node:path'
import { libraryFolder, ownProfileFile, profileFileName } from '../io/library-folder.js'
import { checkOutputFolder } from '../io/outputs.js'
import type { Profile } from '../profile/profile.js'

/**
 * Checks that profiles can be written to the folder of `--output`, or else into the user's library.
 * @throws InputError if they cannot
 */
export function checkProfileTarget(output: string | undefined): void {
  if (output === undefined) checkOutputFolder('--library', libraryFolder())
  else checkOutputFolder('--output', output)
}

/** The file of a profile in the folder of `--output`, or else in the user's library. */
export function profileTarget(profile: Profile, output: string | undefined): string {
  return output === undefined ? ownProfileFile(profile) : join(output, profileFileName(profile))
}
