import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { cusOf, type Device, totalCus } from '../device/device.js'
import { entryCus } from '../plan/layout.js'
import type { Plan } from '../plan/plan.js'
import { kernelUs, requestUs } from '../profile/duration.js'
import type { Metrics } from '../simulate/metrics.js'
import type { PriorityClass, Scenario } from '../workload/scenario.js'
import { closedLoopMetrics } from './closed-loop.test.fixture.js'
import { eclip } from './eclip.js'
import { DEFAULT_PARAMETERS, type PolicyParameters } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { streamPool } from './stream-pool.js'

type Flags = Pick<PolicyParameters, 'fairness' | 'poolStreams' | 'slowdown' | 'switchBudget'>

/** The time of a worker's request in µs and its average compute units, if its kernels get these many. */
interface Point {
  readonly timeUs: number
  readonly cus: number
}

function pointOf(scenario: Scenario, w: number, cus: readonly number[]): Point {
  const { kernels } = scenario.workers[w].profile
  const timeUs = kernels.reduce((sum, kernel, k) => sum + kernelUs(kernel, cus[k]), 0)
  return { timeUs, cus: cus.reduce((sum, own) => sum + own, 0) / kernels.length }
}

/** ECLIP's objective (section 4): the time of every worker, longer by the compute units that are taken. */
function objectiveOf(
  { device, workers }: Scenario,
  points: readonly Point[],
  flags: Flags,
  weights: readonly number[],
): number {
  const all = points.reduce((sum, { cus }) => sum + cus, 0)
  return points.reduce((sum, { timeUs, cus }, w) => {
    const taken = flags.slowdown === 'all-workers' ? all : all - cus
    const alone = flags.fairness === 'equal' ? 1 : requestUs(workers[w].profile, totalCus(device))
    return sum + (weights[w] / alone) * timeUs * (1 + taken / totalCus(device))
  }, 0)
}

/** Every way to give the worker's kernels streams of its pool within the budget of switches. */
function pointsWithin(
  scenario: Scenario,
  w: number,
  { poolStreams, switchBudget }: Flags,
): Point[] {
  const { device, workers } = scenario
  const streams = streamPool(device, workers.length, poolStreams)[w].map(({ granules }) =>
    cusOf(device, granules),
  )
  const assignments = (kernels: number): number[][] =>
    kernels === 0
      ? [[]]
      : assignments(kernels - 1).flatMap((head) => streams.map((_, s) => [...head, s]))
  return assignments(workers[w].profile.kernels.length)
    .filter((own) => own.filter((s, k) => k > 0 && s !== own[k - 1]).length <= switchBudget)
    .map((own) =>
      pointOf(
        scenario,
        w,
        own.map((s) => streams[s]),
      ),
    )
}

function leastObjective(scenario: Scenario, flags: Flags, weights: readonly number[]): number {
  const ofWorker = scenario.workers.map((_, w) => pointsWithin(scenario, w, flags))
  const choose = (chosen: readonly Point[]): number =>
    chosen.length === ofWorker.length
      ? objectiveOf(scenario, chosen, flags, weights)
      : Math.min(...ofWorker[chosen.length].map((point) => choose([...chosen, point])))
  return choose([])
}

/** What the kernels of a plan get, by worker. */
function pointsOf(scenario: Scenario, plan: Plan): Point[] {
  return plan.workers.map(({ groups }, w) =>
    pointOf(
      scenario,
      w,
      groups.flatMap(({ kernels, partition }) =>
        Array<number>(kernels).fill(entryCus(plan, plan.pool[partition])),
      ),
    ),
  )
}

function closeTo(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual}, not ${expected}`)
}

const flagsOf = fc.record({
  fairness: fc.constantFrom<Flags['fairness']>('equal', 'solo-time'),
  poolStreams: fc.constantFrom<Flags['poolStreams']>('device', 0, 1, 2, 3, 5),
  slowdown: fc.constantFrom<Flags['slowdown']>('all-workers', 'other-workers'),
  switchBudget: fc.integer({ min: 0, max: 3 }),
})
const classes = fc.array(fc.constantFrom<PriorityClass>('low', 'normal', 'high'), {
  minLength: 1,
  maxLength: 2,
})
const CLASS_WEIGHT = { low: 0.5, normal: 1, high: 2 }

test('whatever the flags and classes, the plan has the least objective of all assignments', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Device>(mi50, h200),
      classes,
      flagsOf,
      async (device, ofWorkers, flags) => {
        const scenario = randomScenario(device, ofWorkers.length, 3, (worker, w) => ({
          ...worker,
          priorityClass: ofWorkers[w],
        }))
        const weights = ofWorkers.map((own) => CLASS_WEIGHT[own])
        const plan = await eclip.plan(scenario, {
          parameters: { ...DEFAULT_PARAMETERS, ...flags },
          evaluate: () => Promise.reject(new Error('nothing is asked that needs a simulation')),
        })
        const least = leastObjective(scenario, flags, weights)
        closeTo(objectiveOf(scenario, pointsOf(scenario, plan), flags, weights), least)
        closeTo(plan.evidence.solver!.objective, least)
      },
    ),
    { numRuns: 60 },
  )
})

/**
 * Metrics of a machine on which a worker's rate follows from its time in the objective, with the
 * compute units of others in its way.
 */
function metricsFor(scenario: Scenario, points: readonly Point[]): Metrics {
  const { device, workers } = scenario
  const soloUs = workers.map(({ profile }) => requestUs(profile, totalCus(device)))
  const all = points.reduce((sum, { cus }) => sum + cus, 0)
  const rates = points.map(
    ({ timeUs, cus }) => 1e6 / (timeUs * (1 + (all - cus) / totalCus(device))),
  )
  return closedLoopMetrics(
    workers,
    rates,
    soloUs.map((us) => 1e6 / us),
  )
}

/** How far the workers together fall short of their shares. */
function missed(shares: readonly number[], { workers }: Metrics): number {
  return shares.reduce(
    (sum, share, w) => sum + Math.max(0, share - workers[w].normalizedThroughput),
    0,
  )
}

test('minimum shares: the best of up to eight plans, each optimal for heavier weights of workers that fell short', async () => {
  const share = fc.double({ min: 0.05, max: 0.9, noNaN: true })
  await fc.assert(
    fc.asyncProperty(fc.tuple(share, share), flagsOf, async (shares, flags) => {
      const scenario = randomScenario(mi50, 2, 3, (worker, w) => ({
        ...worker,
        minimumShare: shares[w],
      }))
      const measured = (plan: Plan) => metricsFor(scenario, pointsOf(scenario, plan))
      const seen: Plan[] = []
      const plan = await eclip.plan(scenario, {
        parameters: { ...DEFAULT_PARAMETERS, ...flags },
        evaluate: async (plans) => {
          seen.push(...plans)
          return plans.map(measured)
        },
      })
      const misses = seen.map((one) => missed(shares, measured(one)))
      const found = missed(shares, measured(plan))
      closeTo(found + 1, Math.min(...misses) + 1)
      // It only gives up after eight plans, each of which is best for heavier
      // weights of the workers that fell short.
      assert.ok(found === 0 || seen.length === 8)
      for (const one of seen) {
        const weights = (one.evidence.parameters.weights as number[] | undefined) ?? [1, 1]
        closeTo(one.evidence.solver!.objective, leastObjective(scenario, flags, weights))
      }
      for (const [i, one] of seen.slice(1).entries()) {
        const [before, after] = [seen[i], one].map(
          ({ evidence }) => (evidence.parameters.weights as number[] | undefined) ?? [1, 1],
        )
        const { workers } = measured(seen[i])
        shares.forEach((least, w) => {
          const isMissed = workers[w].normalizedThroughput < least
          assert.equal(after[w] / before[w], isMissed ? 2 : 1)
        })
      }
    }),
    { numRuns: 40 },
  )
})
