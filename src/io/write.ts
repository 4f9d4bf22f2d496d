import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { WorkError } from '../errors.js'

/**
 * Writes a file under a temporary name beside it and renames it, so that a reader sees all of it or
 * none. Missing folders are made. A name that ends in `.gz` is compressed.
 * @throws WorkError if the file cannot be written
 */
export function writeFile(file: string, content: string | Uint8Array): void {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.tmp`)
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(temporary, file.endsWith('.gz') ? gzipSync(content, { level: 9 }) : content)
    renameSync(temporary, file)
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary)
    throw new WorkError(`cannot write ${file}: ${(error as Error).message}`)
  }
}

/** Writes a value as indented JSON with a closing newline. */
export function writeJson(file: string, value: unknown): void {
  writeFile(file, `${JSON.stringify(value, null, 2)}\n`)
}
