import { isAbsolute, join } from 'node:path'
import { InputError } from '../errors.js'
import type { Asked } from './library.js'
import { isFileThere } from './read.js'

/**
 * A file that another file names, relative to that file's folder.
 * @param asked where it is named
 * @throws InputError if there is no such file
 */
export function fileNamed(folder: string, name: string, asked: Asked): string {
  const file = beside(folder, name)
  if (isFileThere(file)) return file
  throw new InputError({ ...asked, expected: 'the name of a file', found: `no file ${file}` })
}

/** The file of that name in the folder, if there is one, otherwise the name as it is. */
export function namedFrom(folder: string, name: string): string {
  return isFileThere(beside(folder, name)) ? beside(folder, name) : name
}

function beside(folder: string, name: string): string {
  return isAbsolute(name) ? name : join(folder, name)
}
