import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes of this process that are still in use: on the heap, and in buffers beside it. */
export function usedBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The same a turn later: what becomes free in the turn after a collection goes with the next one. */
export async function settledBytes(): Promise<number> {
  collectGarbage()
  await nextTurn()
  return usedBytes()
}
