import { cusOf } from '../../device/device.js'
import { buildPlan, groupKernels, PoolBuilder } from '../../plan/build.js'
import type { Evidence, Plan } from '../../plan/plan.js'
import type { Scenario } from '../../workload/scenario.js'
import { unitWindow } from '../mask-windows.js'
import { type PriorityRule, priorityLevels } from '../priorities.js'
import { costTable } from '../solver/cost-table.js'
import { SwitchDp } from '../solver/switch-dp.js'

/** A run of pool units, wrapping around the device. */
export interface Window {
  readonly base: number
  readonly size: number
}

/** A second window for the kernels that gain most from it. */
export interface SecondWindow extends Window {
  /** Time that a kernel must save by running on the additional compute units, in µs per CU. */
  readonly rentUs: number
}

/** The windows and the rank of one worker. */
export interface WorkerWindows {
  readonly first: Window
  readonly second?: SecondWindow | undefined
  /** Whether its kernels go before those of other workers in the same priority class. */
  readonly favoured?: true | undefined
}

/** One point of the search: one or two windows for every worker, and one priority rule for the mix. */
export interface Candidate {
  readonly workers: readonly WorkerWindows[]
  readonly priorities: PriorityRule
}

/** The plan of a candidate. Each worker has private windows, because sharing one would tie workers to each other. */
export function planOf(
  scenario: Scenario,
  candidate: Candidate,
  switchBudget: number,
  evidence: Omit<Evidence, 'switchesPerRequest'>,
): Plan {
  const { device } = scenario
  const favoured = candidate.workers.map((worker) => worker.favoured === true)
  const levels = priorityLevels(scenario, candidate.priorities, favoured)
  const pool = new PoolBuilder()
  const groups = candidate.workers.map(({ first, second }, w) => {
    const chosen = second
      ? choose(scenario, w, first, second, switchBudget)
      : Array.from(levels[w], () => first)
    const partitions = new Map<Window, number>()
    for (const window of new Set(chosen)) {
      partitions.set(window, pool.pooled(unitWindow(device, window.base, window.size), w))
    }
    return groupKernels(
      chosen.map((window, k) => ({
        partition: partitions.get(window) as number,
        priority: levels[w][k],
      })),
    )
  })
  return buildPlan(scenario, { mechanism: 'pooled', pool: pool.entries, groups, evidence })
}

/**
 * Chooses a window for each kernel, so as to minimise the sum of its time, the rent on its compute
 * units and the cost of switches within the switch budget.
 */
function choose(
  scenario: Scenario,
  worker: number,
  first: Window,
  second: SecondWindow,
  switchBudget: number,
): Window[] {
  const { device, workers } = scenario
  const { switchUs, barrierUs } = device.costs
  const cus = [first, second].map(({ base, size }) => cusOf(device, unitWindow(device, base, size)))
  const table = costTable(workers[worker].profile, cus)
  const dp = new SwitchDp(table.kernels, table.streams, switchBudget)
  dp.solve(table.us.map((us, i) => us + second.rentUs * table.cus[i % table.streams]))
  const path = dp.path(dp.cheapestBudget(switchUs + barrierUs))
  return Array.from(path, (window) => (window === 0 ? first : second))
}
