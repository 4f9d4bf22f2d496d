import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** The bytes that this process still uses, on the heap and in buffers beside it. */
export function usedBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/**
 * The same one turn later, because memory that becomes free just after a collection only goes with the next one.
 */
export async function settledBytes(): Promise<number> {
  collectGarbage()
  await nextTurn()
  return usedBytes()
}
