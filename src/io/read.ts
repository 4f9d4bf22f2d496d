import { existsSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { InputError } from '../errors.js'
import { readBytes, STDIN } from './bytes.js'
import { parseJson } from './json.js'
import { validate } from './validate.js'

/**
 * Reads a `.json` or `.json.gz` file, which are told apart by content and not by name, against a
 * schema; `-` is stdin.
 * @param meant what the name could have meant, for the error if it does not name a file
 * @throws InputError naming the file, the path inside it, what was expected and what was found
 */
export function readFile<S extends z.ZodType>(
  file: string,
  schema: S,
  meant?: string,
): z.output<S> {
  return validate(parseJson(readText(file, meant), file), schema, file)
}

/**
 * The text of a plain or gzipped file in UTF-8, without its byte-order mark; `-` is stdin.
 * @throws InputError if it cannot be read, is too large, is in UTF-16 or is not a complete gzip file
 */
export function readText(file: string, meant?: string): string {
  const bytes = readBytes(file, meant)
  if (isUtf16(bytes)) {
    throw new InputError({ file, expected: 'text in UTF-8', found: 'UTF-16' })
  }
  const text = bytes.toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

/**
 * The format that a JSON file names. Undefined if it names none; reading the file against a schema
 * then says why.
 */
export function formatOf(file: string): string | undefined {
  try {
    const value = parseJson(readText(file), file) as { readonly format?: unknown } | null
    return typeof value?.format === 'string' ? value.format : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a name that could also mean something else means a file, which it does if the file exists
 * or it is stdin.
 */
export function isFileThere(name: string): boolean {
  return name === STDIN || (existsSync(name) && !statSync(name).isDirectory())
}

const BYTE_ORDER_MARK = '\u{FEFF}'

function isUtf16(bytes: Buffer): boolean {
  const start = bytes.readUInt16BE.bind(bytes)
  return bytes.length >= 2 && (start(0) === 0xfffe || start(0) === 0xfeff)
}
