import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { WorkError } from '../errors.js'
import { whenReady } from './descriptor.js'
import { reasonOf } from './file-kind.js'
import { targetOf } from './output-target.js'
import { exitOnSignals } from './signals.js'

/**
 * Writes a file under a temporary name beside it and renames it, so that a reader sees all of it or
 * nothing, and a signal leaves nothing behind. Links are followed, an existing file keeps its mode
 * and owner, and missing folders are created. Devices, pipes and descriptors are written directly.
 * A file whose name ends in `.gz` is compressed.
 * @throws WorkError if the file cannot be written
 */
export function writeFile(file: string, content: string | Uint8Array): void {
  const bytes = file.endsWith('.gz') ? gzipSync(content, { level: 9 }) : Buffer.from(content)
  writing(file, () => {
    const target = targetOf(file)
    if (target.kind === 'descriptor') writeAll(target.descriptor, bytes)
    else if (target.kind === 'stream') writeThrough(target.path, bytes)
    else replace(target.path, target.existing, bytes)
  })
}

/**
 * What a task returns that writes a file or makes a folder.
 * @throws WorkError that names the file if the system refuses
 */
export function writing<T>(file: string, task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (error instanceof WorkError) throw error
    throw new WorkError(`cannot write ${file}: ${reasonOf(error)}`)
  }
}

/**
 * Makes a file of this process's own under a temporary name beside it and renames it: others see all of it or nothing.
 * @throws WorkError if it cannot be written, and whatever `make` throws
 */
export function completing(file: string, make: (temporary: string) => void): void {
  const temporary = temporaryIn(dirname(file))
  writing(file, () => {
    try {
      make(temporary)
      renameSync(temporary, file)
    } finally {
      rmSync(temporary, { force: true })
    }
  })
}

/**
 * Makes a folder for what exists only while this process runs, which is up to the caller to remove.
 * @param use a word for its name
 * @throws WorkError if it cannot be made
 */
export function temporaryFolder(use: string): string {
  return writing(tmpdir(), () => mkdtempSync(join(tmpdir(), `eclip-${use}-`)))
}

/** Writes a value as indented JSON with a final newline. */
export function writeJson(file: string, value: unknown): void {
  writeFile(file, `${JSON.stringify(value, null, 2)}\n`)
}

/**
 * A new name for a file that is not complete yet. It is hidden, and its ending marks it as
 * temporary.
 */
export function temporaryIn(folder: string): string {
  return join(folder, `.eclip-${randomBytes(6).toString('hex')}.tmp`)
}

function replace(path: string, existing: Stats | undefined, bytes: Buffer): void {
  const temporary = temporaryIn(dirname(path))
  // The file is renamed before any signal is handled, because this thread does not return to its
  // event loop meanwhile.
  const letGo = exitOnSignals()
  try {
    makeFolder(dirname(path))
    writeNew(temporary, existing, bytes)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    afterSignals(letGo)
  }
}

/**
 * Creates a folder and those above it. Node's own function never returns if the system lets nobody
 * create one, as in /proc.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process may have created it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Runs a task after the signals that have arrived are handled: immediates come after them in a turn
 * of the event loop.
 */
function afterSignals(task: () => void): void {
  setImmediate(() => setImmediate(task))
}

function writeNew(path: string, existing: Stats | undefined, bytes: Buffer): void {
  const descriptor = openSync(path, 'wx', existing ? 0o600 : 0o666)
  try {
    writeAll(descriptor, bytes)
    if (existing) keepAccess(descriptor, existing)
  } finally {
    closeSync(descriptor)
  }
}

/** Gives a file the mode of another, and also its owner if this user is allowed to. */
function keepAccess(descriptor: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
  fchmodSync(descriptor, mode & 0o7777)
}

/** Opens a pipe without waiting for a reader; if there is none, this fails. */
function writeThrough(path: string, bytes: Buffer): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    writeAll(descriptor, bytes)
  } finally {
    closeSync(descriptor)
  }
}

/** Writes all bytes on a descriptor, however many the system takes at a time. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += whenReady(() => writeSync(descriptor, bytes, at))
  }
}
