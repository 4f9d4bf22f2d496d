import { mpsShare } from '../binding/mps/client.js'
import { type MpsDaemon, startMps } from '../binding/mps/daemon.js'
import { loadRequests } from '../torch/plan-request.js'
import { TorchWorker } from '../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'

/** A process for each worker of a mix, all under one MPS daemon of their own or under none. */
export class Team {
  readonly #mpsPercent: number | undefined
  #daemon: MpsDaemon | undefined
  #processes: readonly TorchWorker[] = []

  /** @param mpsPercent share of the device that each process gets; without it, processes take turns */
  constructor(mpsPercent: number | undefined) {
    this.#mpsPercent = mpsPercent
  }

  /** One for each worker, in their order. Empty until `start` has ended. */
  get processes(): readonly TorchWorker[] {
    return this.#processes
  }

  /** @throws WorkError if a process does not come up, after ending the others */
  async start(scenario: Scenario, options: WorkerProcessOptions): Promise<void> {
    this.#processes = await startAll(scenario, this.#underMps(options))
  }

  /** Ends the processes and then the daemon, and leaves nothing behind. */
  async close(): Promise<void> {
    await Promise.all(this.#processes.map((worker) => worker.close()))
    this.#processes = []
    this.#daemon?.stop()
    this.#daemon = undefined
  }

  #underMps(options: WorkerProcessOptions): WorkerProcessOptions {
    if (this.#mpsPercent === undefined) return options
    this.#daemon = startMps(options.environment)
    const environment = { ...this.#daemon.environment, ...mpsShare(this.#mpsPercent) }
    return { ...options, environment }
  }
}

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
