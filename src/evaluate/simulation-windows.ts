import { FIRST_ARRIVALS_US } from '../simulate/engine/service.js'
import type { SimulationWindow } from '../simulate/result.js'

/*
 * How long is simulated for each purpose: all such numbers in one place, in µs of simulated time.
 * A longer window says more of a plan and costs as much more; a warm-up lets the workers, which
 * start together, get out of step.
 */

/** For an evaluator that is not told otherwise: settles a mix of the shipped profiles. */
export const DEFAULT_WINDOW: SimulationWindow = { warmupUs: 50_000, durationUs: 500_000 }

/** For the plans that a search decides between: long enough to rank them, short enough for hundreds. */
export const SEARCH_WINDOW: SimulationWindow = { warmupUs: 30_000, durationUs: 150_000 }

/** Before the window of a report, whose length the user names: some requests of the slowest worker. */
export const REPORT_WARMUP_US = 100_000

/** For what stands beside a measurement: as long as a report's window by default. */
export const PREDICTION_WINDOW: SimulationWindow = {
  warmupUs: REPORT_WARMUP_US,
  durationUs: 1_000_000,
}

/** Of the start of a window, what timelines show: single kernels can still be made out. */
export const TIMELINE_US = 3000

/** For each trial of a calibration, which simulates many points hundreds of times. */
export const FIT_WINDOW: SimulationWindow = { warmupUs: 15_000, durationUs: 30_000 }

/** For one worker alone on the device: in a closed loop it soon repeats itself exactly. */
export function soloWindow(requestUs: number): SimulationWindow {
  const requestsUs = 4 * requestUs
  return { warmupUs: FIRST_ARRIVALS_US + requestsUs, durationUs: requestsUs }
}

/**
 * Warm-up and window of a screening run, in requests of the slowest worker alone. On mixes of four,
 * rates then lie within 0.4 % (standard deviation) of those of a run 40 times as long.
 */
const SCREEN_REQUESTS = { warmup: 0.75, window: 2.5 } as const
/** Beside more workers than this a request takes so much longer that windows grow with their number. */
const SCREEN_WORKERS = 4
/** Random arrivals need a longer window than closed loops, which repeat themselves. */
const SCREEN_RANDOM_REQUESTS = 40
/** Even the shortest requests need some time before their rates mean anything. */
const SCREEN_SHORTEST_US = 3000

/**
 * For screening the plans of a search before the few best are simulated in full; never longer
 * than the full window.
 * @param soloRates each worker's requests per second alone
 */
export function screenWindow(
  soloRates: readonly number[],
  loads: 'closed' | 'random',
  full: SimulationWindow,
): SimulationWindow {
  const slowestUs = (Math.max(1, soloRates.length / SCREEN_WORKERS) * 1e6) / Math.min(...soloRates)
  const requests = loads === 'closed' ? SCREEN_REQUESTS.window : SCREEN_RANDOM_REQUESTS
  const warmupUs = FIRST_ARRIVALS_US + SCREEN_REQUESTS.warmup * slowestUs
  return {
    warmupUs: Math.min(full.warmupUs, warmupUs),
    durationUs: Math.min(full.durationUs, Math.max(SCREEN_SHORTEST_US, requests * slowestUs)),
  }
}

/** Requests of the slowest worker that a measured point is simulated for; random arrivals need many. */
const POINT_REQUESTS = { closed: 8, random: 150 } as const
const POINT_WARMUP_REQUESTS = 3
/** Very short requests still need some time, and starved workers must not hold everything up. */
const POINT_SHORTEST_US = 60_000
const POINT_LONGEST_US = { closed: 400_000, random: 4_000_000 } as const

/**
 * For a measured point: the slowest worker serves enough requests.
 * @param slowestPerSecond its measured requests per second
 */
export function pointWindow(
  slowestPerSecond: number,
  loads: 'closed' | 'random',
): SimulationWindow {
  const wantedUs = Math.max(POINT_SHORTEST_US, (POINT_REQUESTS[loads] * 1e6) / slowestPerSecond)
  const durationUs = Math.min(POINT_LONGEST_US[loads], wantedUs)
  const warmupUs = (POINT_WARMUP_REQUESTS * 1e6) / slowestPerSecond
  return { warmupUs: Math.min(durationUs, warmupUs), durationUs }
}

/**
 * For the paper's evaluation, by device: `report` for the mix whose every figure is shown, `average`
 * for the mixes of which only means are. Some tens of requests of the slowest worker; those of the
 * H200 are several times shorter.
 */
export const REPRODUCTION_WINDOWS = {
  mi50: {
    report: { warmupUs: 50_000, durationUs: 500_000 },
    average: { warmupUs: 50_000, durationUs: 250_000 },
  },
  h200: {
    report: { warmupUs: 20_000, durationUs: 150_000 },
    average: { warmupUs: 20_000, durationUs: 60_000 },
  },
} as const

/** For the paper's evaluation of the MI50 once more under every perturbed parameter. */
export const PERTURBED_WINDOW: SimulationWindow = { warmupUs: 50_000, durationUs: 150_000 }

/** For the paper's motivating kernels, which are simulated from the first one on. */
export const MOTIVATION_WINDOW: SimulationWindow = { warmupUs: 0, durationUs: 1_000_000 }
