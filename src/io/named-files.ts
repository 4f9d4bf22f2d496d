import { isAbsolute, join } from 'node:path'
import { InputError } from '../errors.js'
import type { Asked } from './library.js'
import { isFileThere } from './read.js'

/** A file that another file names, relative to that file's folder. */
export function beside(folder: string, name: string): string {
  return isAbsolute(name) ? name : join(folder, name)
}

/** The file of that name in the folder, if there is one, otherwise the name as it is. */
export function namedFrom(folder: string, name: string): string {
  return isFileThere(beside(folder, name)) ? beside(folder, name) : name
}

/**
 * What is read from a file that another one names.
 * @param by where it is named
 * @throws InputError that says beside what is wrong in the file who names it, which may be one of many
 */
export function readNamed<T>({ file: by, path: at }: Asked, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { problem } = error
    throw new InputError({ ...problem, found: `${problem.found} (named by ${by}: ${at})` })
  }
}
