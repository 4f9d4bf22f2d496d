import type { Device } from '../device/device.js'
import { pointWindow } from '../evaluate/simulation-windows.js'
import { quantileSorted } from '../numbers.js'
import type { SimulationOptions, SimulationWindow } from '../simulate/result.js'
import { simulate } from '../simulate/simulate.js'
import type { Point } from './points.js'
import { mixName, type ProfileLookup, runOf } from './scenario-of.js'

/** A measured value beside the simulated one. */
export interface Pair {
  readonly measured: number
  readonly predicted: number
}

/**
 * One worker of a point: its rate relative to its measured solo rate, and its p95 if it was
 * measured.
 */
export interface WorkerPrediction {
  readonly name: string
  readonly normalizedThroughput: Pair
  readonly p95Ms?: Pair
}

/** A measured point with the simulator's prediction of it. */
export interface Prediction {
  readonly point: Point
  readonly mix: string
  readonly workers: readonly WorkerPrediction[]
  readonly weightedSpeedup: Pair
  readonly powerW?: Pair
}

/** A window in which the slowest worker of a point serves enough requests. */
function windowFor(point: Point): SimulationWindow {
  const slowest = Math.min(...point.workers.map((worker) => Math.max(worker.rps, 1)))
  const isOpen = point.workers.some((worker) => worker.load && worker.load !== 'closed')
  return pointWindow(slowest, isOpen ? 'random' : 'closed')
}

/**
 * Simulates a measured point.
 * @throws InputError if its plan does not fit the profiles
 */
export function predict(
  device: Device,
  point: Point,
  profileOf: ProfileLookup,
  options: Partial<SimulationOptions> = {},
): Prediction {
  const { scenario, plan } = runOf(device, point, profileOf)
  const result = simulate(scenario, plan, {
    ...windowFor(point),
    memsets: point.memsets,
    told: point.told ?? false,
    ...options,
  })
  const workers = point.workers.map((worker, i): WorkerPrediction => {
    const { requestsPerSecond, latenciesUs } = result.workers[i]
    const predictedMs = quantileSorted(latenciesUs, 0.95) / 1000
    const hasP95 = worker.p95Ms != null && latenciesUs.length > 2
    return {
      name: scenario.workers[i].name,
      normalizedThroughput: {
        measured: worker.rps / worker.soloRps,
        predicted: requestsPerSecond / worker.soloRps,
      },
      ...(hasP95 && { p95Ms: { measured: worker.p95Ms as number, predicted: predictedMs } }),
    }
  })
  return {
    point,
    mix: mixName(point),
    workers,
    weightedSpeedup: total(workers.map((worker) => worker.normalizedThroughput)),
    ...(point.powerW != null && {
      powerW: { measured: point.powerW, predicted: result.powerW },
    }),
  }
}

function total(pairs: readonly Pair[]): Pair {
  return pairs.reduce((sum, pair) => ({
    measured: sum.measured + pair.measured,
    predicted: sum.predicted + pair.predicted,
  }))
}
