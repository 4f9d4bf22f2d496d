/** The folder for what exists only while programs run: the daemon's pipes, and the list of who runs. */
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkError } from '../errors.js'
import { reasonOf } from './file-kind.js'

/** Permission bits of other users. */
const OTHERS = 0o077

/**
 * A folder below `$XDG_RUNTIME_DIR/eclip`, or `eclip-UID` in the folder for temporary files. It is
 * created if necessary, and nobody but its user can look inside.
 * @throws WorkError if it cannot be created, or is not the user's alone
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

/** In a folder that everybody can write, a folder with a known name could be a trap laid by another user. */
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
