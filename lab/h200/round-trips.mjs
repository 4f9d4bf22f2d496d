import { quantileSorted } from '../../dist/numbers.js'
import { roundTripsUs } from '../../dist/torch/told-processes.js'

/** The times in ms of launches that are requested one by one over the worker's socket: quantiles 0.1, 0.5 and 0.9. */
export async function roundTripsMs(worker, name, batch, count) {
  const timesUs = (await roundTripsUs(worker, name, batch, count)).sort((a, b) => a - b)
  return [0.1, 0.5, 0.9].map((quantile) =>
    Number((quantileSorted(timesUs, quantile) / 1000).toFixed(4)),
  )
}
