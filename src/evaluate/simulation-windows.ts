import { clamp } from '../numbers.js'
import { soloUs } from '../profile/duration.js'
import { FIRST_ARRIVALS_US } from '../simulate/engine/worker-scheduler.js'
import type { SimulationWindow } from '../simulate/result.js'
import { isClosedLoop, offeredRate, traceEndUs } from '../workload/load.js'
import type { Scenario, ScenarioWorker } from '../workload/scenario.js'

/*
 * How long to simulate for each purpose. All such numbers are in this place, in µs of simulated
 * time. A longer window tells more about a plan and costs proportionally more. A warm-up lets the
 * workers, which start together, get out of step.
 */

/**
 * For an evaluator that is given no window; long enough for a mix of the shipped profiles to
 * settle.
 */
export const DEFAULT_WINDOW: SimulationWindow = { warmupUs: 50_000, durationUs: 500_000 }

/** For the plans among which a search decides: long enough to rank them, short enough for hundreds of them. */
const SEARCH_WINDOW: SimulationWindow = { warmupUs: 30_000, durationUs: 150_000 }
/** The same for random arrivals, where a p95 rests on the slowest twentieth of the requests. */
const SEARCH_RANDOM_WINDOW: SimulationWindow = { warmupUs: 100_000, durationUs: 3_000_000 }

/** For the plans among which a search decides. */
export function searchWindow(scenario: Scenario): SimulationWindow {
  return noLongerThan(
    plentyUs(scenario),
    isClosedLoop(scenario) ? SEARCH_WINDOW : SEARCH_RANDOM_WINDOW,
  )
}

/**
 * The warm-up before the window of a report, whose length the user chooses: some requests of the
 * slowest worker.
 */
export const REPORT_WARMUP_US = 100_000

/** For predictions shown beside a measurement: as long as the default window of a report. */
export const PREDICTION_WINDOW: SimulationWindow = {
  warmupUs: REPORT_WARMUP_US,
  durationUs: 1_000_000,
}

/**
 * How much of the start of a window timelines show, so that single kernels can still be
 * distinguished.
 */
export const TIMELINE_US = 3000

/** Length of a trace: some requests of the slowest worker, but no more than tools can open. */
export const RECORDING_US = { least: TIMELINE_US, most: 150_000 } as const

/** For each trial of a calibration, which simulates many points hundreds of times. */
export const FIT_WINDOW: SimulationWindow = { warmupUs: 15_000, durationUs: 30_000 }

/** For one worker alone on the device. In a closed loop it soon repeats itself exactly. */
export function soloWindow(requestUs: number): SimulationWindow {
  const requestsUs = 4 * requestUs
  return { warmupUs: FIRST_ARRIVALS_US + requestsUs, durationUs: requestsUs }
}

/**
 * Warm-up and window of a screening run, in requests of the slowest worker alone. On mixes of four,
 * rates are then within 0.4% (standard deviation) of the rates of a run 40 times as long.
 */
const SCREEN_REQUESTS = { warmup: 0.75, window: 2.5 } as const
/**
 * With more workers than this, requests take so much longer that windows grow with the number of
 * workers.
 */
const SCREEN_WORKERS = 4
/** Even the shortest requests need some time before their rates are meaningful. */
const SCREEN_SHORTEST_US = 3000

/**
 * For screening the plans of a search before the best few are simulated in full. Never longer than
 * the full window.
 * @param soloRates each worker's requests per second alone
 */
export function screenWindow(
  scenario: Scenario,
  soloRates: readonly number[],
  full: SimulationWindow,
): SimulationWindow {
  const wanted = isClosedLoop(scenario) ? closedScreen(soloRates) : randomScreen(scenario)
  return {
    warmupUs: Math.min(full.warmupUs, wanted.warmupUs),
    durationUs: Math.min(full.durationUs, wanted.durationUs),
  }
}

function closedScreen(soloRates: readonly number[]): SimulationWindow {
  const slowestUs = (Math.max(1, soloRates.length / SCREEN_WORKERS) * 1e6) / Math.min(...soloRates)
  return {
    warmupUs: FIRST_ARRIVALS_US + SCREEN_REQUESTS.warmup * slowestUs,
    durationUs: Math.max(SCREEN_SHORTEST_US, SCREEN_REQUESTS.window * slowestUs),
  }
}

/** Number of arrivals of the least loaded worker in a screening run, within the limits below. */
const SCREEN_ARRIVALS = 60
const SCREEN_RANDOM_US = { warmup: 50_000, least: 300_000, most: 800_000 } as const

/** All plans see the same arrivals, so a window with some tens of them is enough to rank plans. */
function randomScreen(scenario: Scenario): SimulationWindow {
  const { warmup, least, most } = SCREEN_RANDOM_US
  const wantedUs = (SCREEN_ARRIVALS * 1e6) / leastRate(scenario)
  return { warmupUs: warmup, durationUs: clamp(wantedUs, least, most) }
}

/** Rate of the open load that asks for the fewest requests per second; infinity if no load is open. */
function leastRate({ workers }: Scenario): number {
  return Math.min(...workers.map(({ load }) => offeredRate(load) ?? Number.POSITIVE_INFINITY))
}

/** Number of requests by which the least loaded worker is judged in each run, within the limits below. */
const JUDGED_REQUESTS = 1000
const JUDGED_US = { closed: 1_000_000, least: 3_000_000, most: 10_000_000 } as const
/** A trace is judged from beginning to end unless it is longer than this. */
const LONGEST_TRACE_US = 60_000_000
/**
 * By this time, queues that start empty have filled up. It is short so that a short trace loses
 * little.
 */
const RANDOM_WARMUP_US = 500_000
const MOST_OF_A_TRACE = 0.02

/** For each run that judges what a plan does and whether it keeps its targets. */
export function judgementWindow(scenario: Scenario): SimulationWindow {
  return noLongerThan(plentyUs(scenario), fullJudgementWindow(scenario))
}

function fullJudgementWindow(scenario: Scenario): SimulationWindow {
  if (isClosedLoop(scenario)) return { warmupUs: REPORT_WARMUP_US, durationUs: JUDGED_US.closed }
  const traceUs = Math.min(LONGEST_TRACE_US, longestTraceUs(scenario))
  const warmupUs = Math.min(RANDOM_WARMUP_US, traceUs * MOST_OF_A_TRACE || RANDOM_WARMUP_US)
  const durationUs = Math.max(randomUs(scenario, JUDGED_REQUESTS), traceUs - warmupUs)
  return { warmupUs, durationUs }
}

/** So many requests of a worker tell as much of it as ten times as many, which would take ten times as long. */
const PLENTY_OF_REQUESTS = 5 * JUDGED_REQUESTS

/**
 * How long it takes until there have been plenty of requests of every worker, µs. Only requests of some µs, or thousands
 * a second, are as many before the usual windows end. A trace is as long as it is.
 */
function plentyUs(scenario: Scenario): number {
  return (
    PLENTY_OF_REQUESTS * Math.max(...scenario.workers.map((worker) => everyUs(scenario, worker)))
  )
}

/** How often a worker ends a request where all take turns, if so many arrive, µs; infinity for a trace. */
function everyUs({ device, workers }: Scenario, { profile, load }: ScenarioWorker): number {
  if (load.kind === 'trace') return Number.POSITIVE_INFINITY
  const arrivalsUs = 1e6 / (offeredRate(load) ?? Number.POSITIVE_INFINITY)
  return Math.max(arrivalsUs, workers.length * soloUs(profile, device))
}

/** A window as it is, or shortened to that, and its warm-up with it. */
function noLongerThan(
  mostUs: number,
  { warmupUs, durationUs }: SimulationWindow,
): SimulationWindow {
  const part = Math.min(1, mostUs / durationUs)
  return { warmupUs: part * warmupUs, durationUs: part * durationUs }
}

/** Few requests tell whether a load fits, since latency grows steeply where it does not. */
const HEADROOM_REQUESTS = 300

/**
 * For trying whether `load` times the scenario's load fits. A higher load brings requests closer together, so
 * a proportionally shorter window contains as many of them. Below the scenario's load the window grows, but
 * only until the least loaded worker sees enough requests.
 */
export function headroomWindow(scenario: Scenario, load: number): SimulationWindow {
  const { warmupUs, durationUs } = judgementWindow(scenario)
  if (longestTraceUs(scenario) > 0)
    return { warmupUs: warmupUs / load, durationUs: durationUs / load }
  const wantedUs = Math.min(randomUs(scenario, HEADROOM_REQUESTS), plentyUs(scenario))
  const enoughUs = (HEADROOM_REQUESTS * 1e6) / (leastRate(scenario) * load)
  const stretch = Math.min(1 / load, Math.max(1, enoughUs / wantedUs))
  return { warmupUs: warmupUs * stretch, durationUs: wantedUs * stretch }
}

/** How long the least loaded worker with random arrivals takes to see `requests` requests, within limits. */
function randomUs({ workers }: Scenario, requests: number): number {
  const rates = workers.flatMap(({ load }) => (load.kind === 'poisson' ? [load.ratePerSecond] : []))
  const wantedUs = (requests * 1e6) / Math.min(...rates)
  const { least, most } = JUDGED_US
  return clamp(rates.length === 0 ? 0 : wantedUs, least, most)
}

function longestTraceUs({ workers }: Scenario): number {
  const ends = workers.map(({ load }) => (load.kind === 'trace' ? traceEndUs(load.arrivalsUs) : 0))
  return Math.max(...ends)
}

/**
 * Number of requests of the slowest worker for which a measured point is simulated; random arrivals
 * need many.
 */
const POINT_REQUESTS = { closed: 8, random: 150 } as const
const POINT_WARMUP_REQUESTS = 3
/** Very short requests still need some time, and starved workers must not hold everything up. */
const POINT_SHORTEST_US = 60_000
const POINT_LONGEST_US = { closed: 400_000, random: 4_000_000 } as const

/**
 * For a measured point, so that the slowest worker serves enough requests.
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
 * For the paper's evaluation, by device: `report` for the mix that is shown in full, `average` for
 * the mixes that only enter means. Each covers some tens of requests of the slowest worker.
 * Requests on the H200 are several times shorter, so its windows are too.
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

/** For repeating the paper's evaluation of the MI50 with each perturbed parameter. */
export const PERTURBED_WINDOW: SimulationWindow = { warmupUs: 50_000, durationUs: 150_000 }

/** For the paper's evaluation with each of many parameter sets: claims rest on all of them together, not on one. */
export const REGION_WINDOW: SimulationWindow = { warmupUs: 30_000, durationUs: 100_000 }

/** For two workers with the same kernels or the same model side by side. */
export const EVIDENCE_WINDOW: SimulationWindow = { warmupUs: 20_000, durationUs: 60_000 }

/** For the paper's motivating kernels, which are simulated from the first one on. */
export const MOTIVATION_WINDOW: SimulationWindow = { warmupUs: 0, durationUs: 1_000_000 }
