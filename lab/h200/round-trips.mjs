import { setTimeout as sleep } from 'node:timers/promises'

/** Between two round trips, so that the GPU is as idle as beside few requests. */
const PAUSE_MS = 1

/** Times in ms of launches that are asked for over the worker's socket one by one: quantiles 0.1, 0.5 and 0.9. */
export async function roundTripsMs(worker, name, batch, count) {
  const timesMs = []
  while (timesMs.length < count) {
    await sleep(PAUSE_MS)
    const beganMs = performance.now()
    await worker.infer({ worker: name, batch, slot: 0, level: 0, tensors: false })
    timesMs.push(performance.now() - beganMs)
  }
  timesMs.sort((a, b) => a - b)
  const at = (quantile) => Number(timesMs[Math.floor(quantile * timesMs.length)].toFixed(4))
  return [at(0.1), at(0.5), at(0.9)]
}
