import { isAbsolute, join } from 'node:path'
import { isFileThere } from './read.js'

/** A file that another file names, relative to that file's folder. */
export function beside(folder: string, name: string): string {
  return isAbsolute(name) ? name : join(folder, name)
}

/** The file of that name in the folder, if there is one, otherwise the name as it is. */
export function namedFrom(folder: string, name: string): string {
  return isFileThere(beside(folder, name)) ? beside(folder, name) : name
}
