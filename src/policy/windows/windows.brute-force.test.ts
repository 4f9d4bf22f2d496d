import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mi50 } from '../../device/catalog/mi50.js'
import type { Device } from '../../device/device.js'
import { windowOf } from '../../device/partition.js'
import { isPooled, type Plan } from '../../plan/plan.js'
import type { Metrics } from '../../simulate/metrics.js'
import { closedLoopMetrics } from '../closed-loop.test.fixture.js'
import { DEFAULT_PARAMETERS, OBJECTIVES } from '../policy.js'
import { randomScenario } from '../random-scenario.test.fixture.js'
import { wholeRequest } from '../whole-request.js'
import { windows } from './index.js'

const GRANULES = 6
const device: Device = {
  ...mi50,
  name: 'six',
  poolUnit: 'granule',
  granules: Array.from({ length: GRANULES }, () => ({ cus: 10, cluster: 0 })),
}

/** The number of granules up to which a worker gets faster, and its power at its best, W. */
interface Appetite {
  readonly wanted: number
  readonly drawsW: number
}

/**
 * What two workers get of the device: an even part of each granule among those that hold it. Only a tenth of it
 * counts beyond what the worker wants. Work per joule rises when a hungry worker is starved.
 */
function metricsOn(appetites: readonly Appetite[], plan: Plan): Metrics {
  const windowsOf = plan.workers.map(({ groups }) => {
    const entry = plan.pool[groups[0].partition]
    return isPooled(entry) ? entry.granules : []
  })
  const holders = (g: number): number => windowsOf.filter((window) => window.includes(g)).length
  const shares = windowsOf.map((window, w) => {
    const { wanted } = appetites[w]
    const parts = window.map((g) => 1 / holders(g)).sort((a, b) => b - a)
    return parts.reduce((sum, part, i) => sum + (i < wanted ? part : part / 10), 0) / (wanted + 1)
  })
  const powerW = 20 + shares.reduce((sum, share, w) => sum + share * appetites[w].drawsW, 0)
  const rates = shares.map((share) => 1000 * share)
  return closedLoopMetrics(
    plan.workers,
    rates,
    rates.map(() => 1000),
    powerW,
  )
}

/** Every plan with one window for each of two workers. */
function everyPlan(): Plan[] {
  const scenario = randomScenario(device, 2, 4)
  const all = Array.from({ length: GRANULES * GRANULES }, (_, i) =>
    windowOf(i % GRANULES, 1 + Math.floor(i / GRANULES), GRANULES),
  )
  return all.flatMap((first) =>
    all.map((second) =>
      wholeRequest(scenario, 'any', {}, (w) => ({ partition: w === 0 ? first : second, owner: w })),
    ),
  )
}

const appetite = fc.record({
  wanted: fc.integer({ min: 1, max: GRANULES }),
  drawsW: fc.integer({ min: 10, max: 2000 }),
})
const share = fc.double({ min: 0.05, max: 0.8, noNaN: true })
const PLANS = everyPlan()

for (const objective of OBJECTIVES.filter((one) => one !== 'headroom')) {
  test(`${objective}: minimum shares that some windows keep are kept, close to the best that keep them`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(appetite, appetite),
        fc.tuple(share, share),
        async (appetites, shares) => {
          const scenario = randomScenario(device, 2, 4, (worker, w) => ({
            ...worker,
            minimumShare: shares[w],
          }))
          const value = (metrics: Metrics): number =>
            ({
              'work-per-joule': metrics.workPerKilojoule,
              'lowest-worker': metrics.lowestWorker,
              'weighted-speedup': metrics.weightedSpeedup,
            })[objective]
          const keeps = ({ workers }: Metrics, factor: number): boolean =>
            shares.every((least, w) => workers[w].normalizedThroughput >= factor * least)
          const all = PLANS.map((plan) => metricsOn(appetites, plan))
          const keepers = all.filter((metrics) => keeps(metrics, 1.05))
          fc.pre(keepers.length > 0)
          const plan = await windows.plan(scenario, {
            parameters: { ...DEFAULT_PARAMETERS, objective, searchPlans: 150 },
            evaluate: async (plans) => plans.map((one) => metricsOn(appetites, one)),
          })
          const found = metricsOn(appetites, plan)
          assert.ok(
            keeps(found, 1),
            JSON.stringify(found.workers.map((w) => w.normalizedThroughput)),
          )
          const best = Math.max(...keepers.map(value))
          assert.ok(value(found) >= 0.95 * best, `${value(found)} of ${best}`)
        },
      ),
      { numRuns: 20 },
    )
  })
}
