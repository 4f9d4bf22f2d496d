import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { InputError } from '../errors.js'
import { descriptorOf, whenReady } from './descriptor.js'
import { kindOf, reasonOf } from './file-kind.js'
import { noteInput } from './inputs.js'

/** The name that stands for standard input where a file is asked for. */
export const STDIN = '-'

/** The largest file that is read, packed or unpacked: some twenty times the largest that ships. */
export const MOST_MIB = 64
export const MOST_BYTES = MOST_MIB * 1024 * 1024

const CHUNK_BYTES = 64 * 1024

/**
 * The bytes of a plain or gzipped regular file (told apart by content), of stdin for `-`, or of an
 * open descriptor for `/dev/stdin` and `/dev/fd/N`.
 * @param meant what was expected, for the error if the file cannot be opened
 * @throws InputError if there is none, it is a device, a pipe or a folder, it is too large, or its
 *   gzip is cut
 */
export function readBytes(file: string, meant?: string): Buffer {
  const bytes = readPacked(file, meant)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  if (!isGzip) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(file)
    throw problem(file, 'a complete gzip file', (error as Error).message)
  }
}

/** The content of stdin, kept because a command may read it twice. */
let stdin: Buffer | undefined

function readPacked(file: string, meant?: string): Buffer {
  if (file === STDIN) {
    stdin ??= readAll(0, file)
    return stdin
  }
  const open = descriptorOf(file)
  if (open !== undefined) return readAll(open, file)
  const descriptor = openRegular(file, meant)
  try {
    return readAll(descriptor, file)
  } finally {
    closeSync(descriptor)
  }
}

/** Opens without blocking. Otherwise opening a pipe would wait for somebody to write to it. */
function openRegular(file: string, meant?: string): number {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const descriptor = attempt(file, () => openSync(file, flags), meant)
  const found = fstatSync(descriptor)
  if (found.isFile()) {
    noteInput(found)
    return descriptor
  }
  closeSync(descriptor)
  throw problem(file, 'a regular file, or - for stdin', kindOf(found))
}

function readAll(descriptor: number, file: string): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  while (total <= MOST_BYTES) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const read = attempt(file, () => whenReady(() => readSync(descriptor, chunk)))
    if (read === 0) return Buffer.concat(chunks, total)
    chunks.push(chunk.subarray(0, read))
    total += read
  }
  throw tooLarge(file)
}

function attempt<T>(file: string, call: () => T, expected = 'a readable file'): T {
  try {
    return call()
  } catch (error) {
    throw problem(file, expected, reasonOf(error))
  }
}

function tooLarge(file: string): InputError {
  return problem(file, `at most ${MOST_MIB} MiB, unpacked`, 'more')
}

function problem(file: string, expected: string, found: string): InputError {
  return new InputError({ file, expected, found })
}
