import type { Device } from '../device/device.js'
import { limitsProcesses, shareCus, soundPercents } from '../device/share.js'
import { describe, InputError } from '../errors.js'
import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { bestSimulated, type ChoiceEvidence } from './best-simulated.js'
import type { Policy } from './policy.js'
import { type PriorityRule, priorityLevels } from './priorities.js'

/** Shares in percent that people commonly try by hand, besides an equal one. */
const USUAL_PERCENTS = [100, 60, 50, 40]

/** One way to run a mix under MPS: the same share for every worker, and priorities or none. */
interface Setting {
  readonly percent: number
  readonly priorities: PriorityRule
}

/**
 * A process for each worker, all with the same share of the compute units, which the hardware places
 * wherever they are free. Simulation decides among the shares that people try on a GPU, each with and
 * without kernel priorities, since priorities hold across processes.
 */
export const mps: Policy = {
  name: 'mps',
  summary: 'a process each, the best of the usual shares, with priorities or without',
  source: 'NVIDIA MPS; priorities across processes: eclip',
  runsOn: limitsProcesses,
  plan: async (scenario, context) => {
    const { device } = scenario
    if (!limitsProcesses(device)) {
      const expected = 'a device that limits processes to a share'
      throw new InputError({ file: 'mps', path: 'device', expected, found: describe(device.name) })
    }
    return bestSimulated(scenario, context, {
      settings: settingsFor(scenario),
      planOf: (setting, evidence) => planOf(scenario, setting, evidence),
      wordsOf: (setting) => ({ ...setting }),
      method: 'every usual share, simulated',
    })
  },
}

/** Shares in percent that are usually tried for a mix of this many workers. */
export function usualPercents(workers: number): number[] {
  return [...new Set([...USUAL_PERCENTS, Math.round(100 / workers)])]
}

/** Settings whose plans differ on the device, by the number of compute units or by priorities. */
function settingsFor({ device, workers }: Scenario): Setting[] {
  const rules: PriorityRule[] = [{ kind: 'none' }, { kind: 'workers' }]
  const percents = soundPercents(device, usualPercents(workers.length))
  return distinctShares(device, percents).flatMap((percent) =>
    rules.slice(0, device.priorityLevels).map((priorities) => ({ percent, priorities })),
  )
}

function distinctShares(device: Device, percents: readonly number[]): number[] {
  return [...new Map(percents.map((percent) => [shareCus(device, percent), percent])).values()]
}

function planOf(
  scenario: Scenario,
  { percent, priorities }: Setting,
  evidence: ChoiceEvidence,
): Plan {
  const levels = priorityLevels(scenario, priorities)
  const pool = new PoolBuilder()
  const groups = scenario.workers.map((_, w) => {
    const partition = pool.share(shareCus(scenario.device, percent), w)
    return groupKernels(Array.from(levels[w], (priority) => ({ partition, priority })))
  })
  return buildPlan(scenario, {
    mechanism: 'mps',
    pool: pool.entries,
    groups,
    evidence: { policy: 'mps', ...evidence },
  })
}
