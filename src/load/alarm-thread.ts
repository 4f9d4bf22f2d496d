/**
 * The thread behind the wall clock. It waits for a time to be set, sleeps until then, and posts a
 * message. The shared memory holds a sequence number, which increases with each new time, and the
 * time in µs.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { monotonicUs } from './clock.js'

const sequence = new Int32Array(workerData as SharedArrayBuffer, 0, 1)
const atUs = new Float64Array(workerData as SharedArrayBuffer, 8, 1)

for (let seen = 0; ; ) {
  Atomics.wait(sequence, 0, seen)
  seen = Atomics.load(sequence, 0)
  const leftMs = (atUs[0] - monotonicUs()) / 1000
  if (leftMs > 0) Atomics.wait(sequence, 0, seen, leftMs)
  parentPort?.postMessage(undefined)
}
