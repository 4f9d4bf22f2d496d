/** Names of the descriptors with which this process was started. */
const NAMED: Readonly<Record<string, number>> = {
  '/dev/stdin': 0,
  '/dev/stdout': 1,
  '/dev/stderr': 2,
}

/** The open descriptor that a file name stands for (`/dev/stdout`, `/dev/fd/63`); undefined for files. */
export function descriptorOf(file: string): number | undefined {
  const number = /^\/dev\/fd\/(\d{1,6})$/.exec(file)
  return number ? Number(number[1]) : NAMED[file]
}

const RETRY_MS = 5
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Reads or writes on a descriptor that others may have made non-blocking, retrying until it is
 * ready. Meanwhile a signal still ends the process, unless something listens for it.
 */
export function whenReady<T>(transfer: () => T): T {
  for (;;) {
    try {
      return transfer()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(sleeper, 0, 0, RETRY_MS)
    }
  }
}
