import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { descriptorOf } from './descriptor.js'

/** What the name of an output leads to. */
export type OutputTarget =
  /**
   * A file, which need not exist yet. It is written under another name beside it and renamed.
   * `path` contains no links.
   */
  | { readonly kind: 'file'; readonly path: string; readonly existing: Stats | undefined }
  /**
   * A device or a pipe, which is written to directly, since a file in its place would destroy it.
   */
  | { readonly kind: 'stream'; readonly path: string; readonly existing: Stats }
  /** A descriptor with which this process was started, such as `/dev/stdout`. */
  | { readonly kind: 'descriptor'; readonly path: string; readonly descriptor: number }

/**
 * Follows the name of an output to the target that would be written.
 * @throws NodeJS.ErrnoException if the file system cannot follow it
 */
export function targetOf(file: string): OutputTarget {
  const descriptor = descriptorOf(file)
  if (descriptor !== undefined) return { kind: 'descriptor', path: file, descriptor }
  const existing = statSync(file, { throwIfNoEntry: false })
  if (existing === undefined) return { kind: 'file', path: endOfLinks(file), existing }
  if (existing.isFile()) return { kind: 'file', path: realpathSync(file), existing }
  return { kind: 'stream', path: file, existing }
}

/** The end of a chain of links whose target does not exist. A circle never gets here, because `stat` fails. */
function endOfLinks(file: string): string {
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()
  return isLink ? endOfLinks(resolve(dirname(file), readlinkSync(file))) : resolve(file)
}
