import { sum } from '../../numbers.js'
import { isPooled, type Plan, type WorkerPlan } from '../../plan/plan.js'
import type { Point, Points } from '../../validate/points.js'
import type { Scenario } from '../../workload/scenario.js'
import type { Contestant } from './contest.js'
import { summarize } from './summary.js'

/**
 * Measured points, as `eclip validate` reads them: one for each policy, means over its repeats.
 * Rivals have no plan to simulate and are left out.
 */
export function pointsOf(
  scenario: Scenario,
  contestants: readonly Contestant[],
  soloRates: readonly number[],
  description: string,
): Points {
  return {
    format: 'eclip.points/1',
    description,
    device: scenario.device.name,
    points: contestants.flatMap((contestant) => {
      const { plan } = contestant
      return plan === undefined ? [] : [pointOf(scenario, contestant, plan, soloRates)]
    }),
  }
}

function pointOf(
  scenario: Scenario,
  contestant: Contestant,
  plan: Plan,
  soloRates: readonly number[],
): Point {
  const summary = summarize(contestant, soloRates)
  return {
    policy: contestant.name,
    powerW: summary.powerW?.mean ?? null,
    seconds: sum(contestant.windows.map(({ seconds }) => seconds)),
    spread: summary.weightedSpeedup.relative,
    workers: scenario.workers.map(({ profile, load }, i) => ({
      model: profile.model,
      batch: profile.batch,
      runs: runsOf(plan, plan.workers[i]),
      soloRps: soloRates[i],
      rps: summary.workers[i].requestsPerSecond,
      p50Ms: orNull(summary.workers[i].p50Ms),
      p95Ms: orNull(summary.workers[i].p95Ms),
      p99Ms: orNull(summary.workers[i].p99Ms),
      offeredRps: load.kind === 'poisson' ? load.ratePerSecond : null,
    })),
  }
}

function runsOf(plan: Plan, { groups }: WorkerPlan): [number, number[], number][] {
  return groups.map(({ kernels, partition, priority }) => {
    const entry = plan.pool[partition]
    return [kernels, isPooled(entry) ? entry.granules : [], priority]
  })
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
