/** Where eclip keeps what holds while programs run: the daemon's pipes, and who runs. */
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkError } from '../errors.js'
import { reasonOf } from './file-kind.js'

/** What others may do with a file. */
const OTHERS = 0o077

/**
 * A folder below `$XDG_RUNTIME_DIR/eclip`, or `eclip-UID` in the folder for temporary files. It is
 * made if need be, and nobody but its user can look inside.
 * @throws WorkError if it cannot be made, or is not the user's alone
 */
export function runFolder(name: string): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env
  const uid = process.getuid!()
  const root = runtime ? join(runtime, 'eclip') : join(tmpdir(), `eclip-${uid}`)
  makePrivate(root, uid)
  const folder = join(root, name)
  makePrivate(folder, uid)
  return folder
}

/** A folder of a known name in a folder for everybody could be a trap that another user has laid. */
function makePrivate(folder: string, uid: number): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new WorkError(`cannot make ${folder}: ${reasonOf(error)}`)
  }
  const status = lstatSync(folder)
  if (!status.isDirectory() || status.uid !== uid || (status.mode & OTHERS) !== 0)
    throw new WorkError(`${folder} is not a folder of this user alone`)
}
