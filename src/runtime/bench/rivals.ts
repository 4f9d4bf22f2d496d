import { WorkError } from '../../errors.js'
import { mean } from '../../numbers.js'
import type { Scenario } from '../../workload/scenario.js'
import { TorchWorker } from '../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { BenchSettings, Contestant, MeasuredWindow } from './contest.js'
import { mpsShare, startMps } from './mps.js'
import { measuredWorker } from './policies.js'
import { loadRequests, runRequest } from './requests.js'

/** Another way to share a GPU: each worker in a process of its own. */
export interface Rival {
  readonly name: string
  /** Share of the device that MPS gives each process; absent without MPS. */
  readonly mpsPercent?: number
}

/** The driver's time slices, and MPS with shares from generous to fair. */
export function rivalsFor(workers: number): Rival[] {
  const shares = [...new Set([100, 60, 50, 40, Math.round(100 / workers)])]
  return [
    { name: 'time-sliced' },
    ...shares.map((mpsPercent) => ({ name: `mps-${mpsPercent}`, mpsPercent })),
  ]
}

/**
 * Runs one rival: as many processes as workers, all at the same time. One that cannot run is a
 * contestant without windows, which says why.
 *
 * @param gpu name of the GPU that the policies ran on, for its processes to use the same
 */
export async function contestRival(
  scenario: Scenario,
  rival: Rival,
  settings: BenchSettings,
  progress: (text: string) => void,
  options: WorkerProcessOptions = {},
  gpu?: string,
): Promise<Contestant> {
  const environment: Record<string, string> = gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }
  try {
    const windows = await measureRival(scenario, rival, settings, progress, {
      ...options,
      environment: { ...options.environment, ...environment },
    })
    return { name: rival.name, windows }
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return { name: rival.name, windows: [], failed: error.message }
  }
}

async function measureRival(
  scenario: Scenario,
  rival: Rival,
  settings: BenchSettings,
  progress: (text: string) => void,
  options: WorkerProcessOptions,
): Promise<MeasuredWindow[]> {
  if (rival.mpsPercent === undefined)
    return contestProcesses(scenario, rival, settings, progress, options)
  const daemon = startMps(options.environment)
  try {
    const environment = { ...daemon.environment, ...mpsShare(rival.mpsPercent) }
    return await contestProcesses(scenario, rival, settings, progress, { ...options, environment })
  } finally {
    daemon.stop()
  }
}

async function contestProcesses(
  scenario: Scenario,
  rival: Rival,
  settings: BenchSettings,
  progress: (text: string) => void,
  options: WorkerProcessOptions,
): Promise<MeasuredWindow[]> {
  progress(`${rival.name}: starting ${scenario.workers.length} processes`)
  const processes = await startAll(scenario, options)
  try {
    const windows: MeasuredWindow[] = []
    for (let round = 0; round < settings.repeats; round++) {
      progress(`${rival.name}, round ${round + 1} of ${settings.repeats}`)
      windows.push(await runTogether(scenario, processes, settings))
    }
    return windows
  } finally {
    await Promise.all(processes.map((worker) => worker.close()))
  }
}

/** One process for each worker; if one fails, none is left. */
async function startAll(scenario: Scenario, options: WorkerProcessOptions): Promise<TorchWorker[]> {
  const starting = loadRequests(scenario).map(async (request) => {
    const worker = await TorchWorker.start(options)
    try {
      await worker.load(request)
      return worker
    } catch (error) {
      await worker.close()
      throw error
    }
  })
  const settled = await Promise.allSettled(starting)
  const failed = settled.find((result) => result.status === 'rejected')
  const started = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (failed === undefined) return started
  await Promise.all(started.map((worker) => worker.close()))
  throw failed.reason
}

/** The windows of all processes begin and end on the same steps of the energy counter. */
async function runTogether(
  scenario: Scenario,
  processes: readonly TorchWorker[],
  settings: BenchSettings,
): Promise<MeasuredWindow> {
  const { workers, ...window } = runRequest(scenario, settings)
  const ran = await Promise.all(
    processes.map((worker, i) => worker.run({ ...window, workers: [workers[i]] })),
  )
  const powersW = ran.flatMap(({ energy }) => (energy === null ? [] : [energy.powerW]))
  return {
    seconds: mean(ran.map(({ seconds }) => seconds)),
    workers: ran.map((one) => measuredWorker(one.workers[0])),
    powerW: powersW.length > 0 ? mean(powersW) : undefined,
  }
}
