import { mpsShare } from '../binding/mps/client.js'
import { type MpsDaemon, startMps } from '../binding/mps/daemon.js'
import { sharePercent } from '../device/share.js'
import { isShare, type Plan } from '../plan/plan.js'
import { loadRequests, planRequest } from '../torch/plan-request.js'
import { TorchWorker } from '../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'

/** What MPS gives to each worker's process. If neither field is present, processes run without MPS and take turns. */
export interface Shares {
  /** Percentage of the device that each may use. */
  readonly mpsPercent?: number
  /** A plan of shares, with the priorities of their kernels. */
  readonly plan?: Plan
}

/** A process for each worker of a mix, either all under one MPS daemon of their own or all without MPS. */
export class Team {
  readonly #shares: Shares
  #daemon: MpsDaemon | undefined
  #processes: readonly TorchWorker[] = []

  constructor(shares: Shares) {
    this.#shares = shares
  }

  /** One process for each worker, in their order. Empty until `start` has ended. */
  get processes(): readonly TorchWorker[] {
    return this.#processes
  }

  /** @throws WorkError if a process does not come up, after ending the others */
  async start(scenario: Scenario, options: WorkerProcessOptions): Promise<void> {
    const { mpsPercent, plan } = this.#shares
    const percentOf = (w: number): number | undefined =>
      plan === undefined ? mpsPercent : plannedPercent(scenario, plan, w)
    if (percentOf(0) !== undefined) this.#daemon = startMps(options.environment)
    this.#processes = await startAll(scenario, (w) => {
      const percent = percentOf(w)
      if (this.#daemon === undefined || percent === undefined) return options
      const environment = { ...this.#daemon.environment, ...mpsShare(percent) }
      return { ...options, environment }
    })
    if (plan === undefined) return
    const priorities = planRequest(scenario, plan)
    await Promise.all(
      this.#processes.map((worker, w) => {
        const { name } = scenario.workers[w]
        return worker.plan({ [name]: priorities[name] })
      }),
    )
  }

  /** Ends the processes and then the daemon, and leaves nothing behind. */
  async close(): Promise<void> {
    await Promise.all(this.#processes.map((worker) => worker.close()))
    this.#processes = []
    this.#daemon?.stop()
    this.#daemon = undefined
  }
}

/** The percentage with which a worker's process gets the share of its plan. */
function plannedPercent({ device }: Scenario, plan: Plan, w: number): number {
  const entry = plan.pool[plan.workers[w].groups[0].partition]
  return isShare(entry) ? sharePercent(device, entry.cus) : 100
}

async function startAll(
  scenario: Scenario,
  optionsOf: (worker: number) => WorkerProcessOptions,
): Promise<TorchWorker[]> {
  const starting = loadRequests(scenario).map(async (request, w) => {
    const worker = await TorchWorker.start(optionsOf(w))
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
