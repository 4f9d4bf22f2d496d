import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { WorkError } from '../../errors.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Sizing } from '../../size/size-demand.js'
import type { Demand } from '../../workload/demand.js'
import type { Forecast } from './forecast.js'
import type { Planner, PlanningTask } from './planner.js'
import type { ArrivalWindow } from './recent-arrivals.js'

export interface ThreadedPlannerOptions {
  /** Priority levels of the device. */
  readonly levels: number
  /** The most seconds that one task may take. */
  readonly mostS: number
}

/** What `eclip size` uses by default, less one core, which is left to the server. */
const SIZE_SETTINGS = {
  seed: 1,
  threads: Math.max(1, availableParallelism() - 1),
}

/** Runs each task in a thread of its own, and ends the thread when its time is up. */
export class ThreadedPlanner implements Planner {
  readonly #options: ThreadedPlannerOptions
  readonly #threads = new Set<Worker>()

  constructor(options: ThreadedPlannerOptions) {
    this.#options = options
  }

  async size(demand: Demand): Promise<Sizing> {
    return (await this.#workOut({ kind: 'size', demand, settings: SIZE_SETTINGS })) as Sizing
  }

  async forecast(plans: readonly ServingPlan[], arrivals: ArrivalWindow): Promise<Forecast[][]> {
    const { levels } = this.#options
    return (await this.#workOut({ kind: 'forecast', plans, levels, arrivals })) as Forecast[][]
  }

  /** Ends all tasks that are running. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.terminate()))
  }

  async #workOut(task: PlanningTask): Promise<unknown> {
    const thread = new Worker(new URL('./planning-thread.js', import.meta.url), {
      workerData: task,
    })
    this.#threads.add(thread)
    const { mostS } = this.#options
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        const fail = (reason: string): void => reject(new WorkError(`planning ${reason}`))
        timer = setTimeout(() => fail(`takes longer than ${mostS} s`), mostS * 1000)
        thread.once('message', resolve)
        thread.once('error', (error) => fail(`failed: ${(error as Error).message}`))
        thread.once('exit', () => fail('ended without an answer'))
      })
    } finally {
      clearTimeout(timer)
      this.#threads.delete(thread)
      await thread.terminate()
    }
  }
}
