import { WorkError } from '../errors.js'
import { mean } from '../numbers.js'
import type { Plan } from '../plan/plan.js'
import {
  checkDevice,
  checkKernels,
  loadRequests,
  planRequest,
  runRequest,
  WARM_SECONDS,
} from '../torch/plan-request.js'
import type { KernelMode, Ran, RanWorker } from '../torch/protocol.js'
import { TorchWorker } from '../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'
import type { BenchSettings, Contest, Listener, MeasuredWindow, MeasuredWorker } from './contest.js'
import { Entry } from './entry.js'

/** A plan to run, and the simulator's prediction for it. */
export interface PlannedPolicy {
  readonly name: string
  readonly plan: Plan
  /** How its kernels are launched one by one. Absent if whole graphs are launched. */
  readonly mode?: KernelMode | undefined
  readonly predictedSpeedup?: number | undefined
}

/** Longest window of a worker alone. Power is not measured there, so it can be short. */
const MAX_SOLO_SECONDS = 1
/** A window in which no request ends is lengthened, up to this. */
const LONGEST_SOLO_SECONDS = 60

/**
 * Runs plans in turn in one process, so that nothing but the plan differs. Every second round runs
 * in reverse order, so that a slow drift of the machine favours none. A plan that fails is left out
 * of later rounds, and its entry tells why.
 *
 * @throws WorkError if the process does not come up, or this machine or a model is not the planned
 * one
 */
export async function contestPolicies(
  scenario: Scenario,
  policies: readonly PlannedPolicy[],
  settings: BenchSettings,
  { progress, measured }: Listener,
  options: WorkerProcessOptions,
): Promise<Contest> {
  progress('starting the PyTorch worker')
  const worker = await TorchWorker.start(options)
  try {
    checkDevice(scenario, worker.hello)
    checkKernels(scenario, await loadAll(worker, scenario, progress))
    const soloRates = await measureSoloRates(worker, scenario, settings, progress)
    const entries = policies.map((policy) => new Entry(policy))
    const contest = () => ({
      hello: worker.hello,
      soloRates,
      contestants: entries.map((entry) => entry.contestant()),
    })
    for (let round = 0; round < settings.repeats; round++) {
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        const { name, plan, mode = settings.mode } = entry.subject
        progress(`${name}, round ${round + 1} of ${settings.repeats}`)
        await entry.attempt(async () => {
          await worker.plan(planRequest(scenario, plan), mode)
          return windowOf(await worker.run(runRequest(scenario, settings)))
        })
        measured(contest())
      }
    }
    return contest()
  } finally {
    await worker.close()
  }
}

/** Loads one model after another, because they share the device's memory. */
async function loadAll(worker: TorchWorker, scenario: Scenario, progress: (text: string) => void) {
  const loaded = []
  for (const request of loadRequests(scenario)) {
    progress(`loading ${request.worker}`)
    loaded.push(await worker.load(request))
  }
  return loaded
}

/**
 * Requests per second of each worker alone, without partitions. Equal workers are measured once.
 * @throws WorkError if no request ends
 */
async function measureSoloRates(
  worker: TorchWorker,
  scenario: Scenario,
  settings: BenchSettings,
  progress: (text: string) => void,
): Promise<number[]> {
  const byModel = new Map<string, number>()
  for (const { name, profile } of scenario.workers) {
    const model = `${profile.model}/${profile.batch}`
    if (byModel.has(model)) continue
    progress(`${model} alone`)
    const rates = []
    let seconds = Math.min(MAX_SOLO_SECONDS, settings.seconds)
    while (rates.length < settings.repeats) {
      const load = { kind: 'closed' } as const
      const ran = await worker.run({
        seconds,
        warmSeconds: WARM_SECONDS,
        workers: [{ worker: name, batch: profile.batch, load }],
      })
      const [{ rps }] = ran.workers
      if (rps > 0) rates.push(rps)
      else if (seconds < LONGEST_SOLO_SECONDS) seconds = Math.min(LONGEST_SOLO_SECONDS, 4 * seconds)
      else throw new WorkError(`${model}: no request ended within ${seconds} s alone`)
    }
    byModel.set(model, mean(rates))
  }
  return scenario.workers.map(({ profile }) => byModel.get(`${profile.model}/${profile.batch}`)!)
}

function windowOf(ran: Ran): MeasuredWindow {
  return {
    seconds: ran.seconds,
    workers: ran.workers.map(measuredWorker),
    powerW: ran.energy?.powerW,
  }
}

/** A worker that is too slow to complete a request in the window has no latencies. */
export function measuredWorker({ rps, p50Ms, p95Ms, p99Ms }: RanWorker): MeasuredWorker {
  return {
    requestsPerSecond: rps,
    p50Ms: p50Ms ?? Number.NaN,
    p95Ms: p95Ms ?? Number.NaN,
    p99Ms: p99Ms ?? Number.NaN,
  }
}
