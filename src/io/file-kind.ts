import type { Stats } from 'node:fs'

/** What a path leads to, in words for an error message. */
export function kindOf(file: Stats): string {
  if (file.isFile()) return 'a regular file'
  if (file.isDirectory()) return 'a folder'
  if (file.isFIFO()) return 'a pipe'
  if (file.isSocket()) return 'a socket'
  return 'a device'
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a file system that is read only',
  ENOTDIR: 'a path through something that is no folder',
  EISDIR: 'a folder',
  ELOOP: 'a circle of links',
  ENAMETOOLONG: 'a name that is too long',
  ENOSPC: 'no space left',
  EFBIG: 'a limit on the size of files',
  EDQUOT: 'a full quota',
  ENXIO: 'a pipe that nobody reads',
  // A caller without types may pass anything as a name.
  ERR_INVALID_ARG_TYPE: 'no text',
  EPIPE: 'a pipe that nobody reads any more',
}

/** Why a call to the file system failed, in words for an error message. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? code ?? message
}
