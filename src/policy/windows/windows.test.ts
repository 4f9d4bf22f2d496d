import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { InputError } from '../../errors.js'
import { createEvaluator } from '../../evaluate/evaluator.js'
import { isPooled, type Plan } from '../../plan/plan.js'
import { type Metrics, metricsOf } from '../../simulate/metrics.js'
import type { Scenario, ScenarioWorker } from '../../workload/scenario.js'
import { closedLoopMetrics } from '../closed-loop.test.fixture.js'
import {
  DEFAULT_PARAMETERS,
  type Effort,
  type PolicyParameters,
  type SearchProgress,
} from '../policy.js'
import { MEASURED_CUTS, priorityLevels } from '../priorities.js'
import { randomScenario } from '../random-scenario.test.fixture.js'
import { beats } from '../score.js'
import { windows } from './index.js'
import { fixedWindows } from './starts.js'

const SETTINGS = { warmupUs: 1500, durationUs: 8000 }

async function planAndMetrics(
  scenario: Scenario,
  parameters: Partial<PolicyParameters>,
  onSearch: (progress: SearchProgress) => void = () => {},
): Promise<{ plan: Plan; metrics: Metrics }> {
  const evaluator = createEvaluator(scenario, SETTINGS)
  const context = {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 40, ...parameters },
    evaluate: evaluator.evaluate,
    onSearch,
  }
  const plan = await windows.plan(scenario, context)
  const [metrics] = await evaluator.evaluate([plan])
  return { plan, metrics }
}

test('the search is never worse than the best fixed window, and says what it reached', async () => {
  const scenario = randomScenario(h200, 3, 20)
  const { plan, metrics } = await planAndMetrics(scenario, {})
  const { predicted, solver } = plan.evidence
  assert.ok(predicted && solver)
  assert.equal(solver.objective, metrics.weightedSpeedup)
  assert.ok(solver.objective >= predicted.bestFixedWindow)
})

test('a search reports its progress, and its best result so far', async () => {
  const scenario = randomScenario(h200, 3, 20)
  const told: SearchProgress[] = []
  const { plan } = await planAndMetrics(scenario, {}, (progress) => told.push(progress))
  assert.ok(told.length > 1)
  assert.ok(told.every(({ tried, of }) => tried > 0 && tried <= of && of === 40))
  for (const [i, { tried, best }] of told.entries()) {
    assert.ok(i === 0 || (tried >= told[i - 1].tried && best >= told[i - 1].best * 0.95))
  }
  assert.equal(told.at(-1)?.tried, plan.evidence.predicted?.plansSimulated)
})

test('each objective is what its search maximises', async () => {
  const scenario = randomScenario(h200, 3, 20)
  const forLowest = await planAndMetrics(scenario, { objective: 'lowest-worker' })
  const forWork = await planAndMetrics(scenario, { objective: 'work-per-joule' })
  assert.equal(forLowest.plan.evidence.solver?.objective, forLowest.metrics.lowestWorker)
  assert.equal(forWork.plan.evidence.solver?.objective, forWork.metrics.workPerKilojoule)
})

/** The number of granules of the fake device that each worker can make full use of. */
const WANTED = [2, 4, 8]

/**
 * What a worker gets of a device that is shared like this: of each granule of its first window, an
 * even part among those that hold it. Beyond what the worker wants, a granule counts only a tenth,
 * so windows of one size suit nobody.
 */
function sharesOf(plan: Plan): number[] {
  const windowsOf = plan.workers.map(({ groups }) => {
    const entry = plan.pool[groups[0].partition]
    return isPooled(entry) ? entry.granules : []
  })
  const holders = (g: number): number => windowsOf.filter((window) => window.includes(g)).length
  return windowsOf.map((window, w) => {
    const parts = window.map((g) => 1 / holders(g)).sort((a, b) => b - a)
    const used = parts.reduce((sum, part, i) => sum + (i < WANTED[w] ? part : part / 10), 0)
    return used / WANTED[w] / 1.5
  })
}

/** Workers in closed loops on that device. */
async function fakeMetrics(plans: readonly Plan[]): Promise<Metrics[]> {
  return plans.map((plan) => {
    const shares = sharesOf(plan)
    return closedLoopMetrics(
      plan.workers,
      shares.map((share) => 1000 * share),
      shares.map(() => 1000),
    )
  })
}

async function fakePlan(
  change: (worker: ScenarioWorker, w: number) => ScenarioWorker,
  parameters: Partial<PolicyParameters> = {},
): Promise<Metrics> {
  const plan = await windows.plan(randomScenario(h200, 3, 5, change), {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 300, ...parameters },
    evaluate: fakeMetrics,
  })
  const [metrics] = await fakeMetrics([plan])
  return metrics
}

test('a minimum share that can be kept is kept, at the cost of the objective', async () => {
  const free = await fakePlan((worker) => worker)
  const share = 0.76
  assert.ok(free.workers[1].normalizedThroughput < share, 'otherwise nothing is asked')
  const kept = await fakePlan((worker, w) =>
    w === 1 ? { ...worker, minimumShare: share } : worker,
  )
  assert.ok(kept.workers[1].normalizedThroughput >= share)
  assert.ok(kept.weightedSpeedup < free.weightedSpeedup)
})

test('work per joule does not starve anybody below a minimum share', async () => {
  const free = await fakePlan((worker) => worker, { objective: 'work-per-joule' })
  const starved = free.workers.findIndex(
    ({ normalizedThroughput }) => normalizedThroughput === free.lowestWorker,
  )
  const share = free.lowestWorker * 1.1
  const kept = await fakePlan(
    (worker, w) => (w === starved ? { ...worker, minimumShare: share } : worker),
    { objective: 'work-per-joule' },
  )
  assert.ok(kept.workers[starved].normalizedThroughput >= share)
  assert.ok(kept.workPerKilojoule < free.workPerKilojoule)
})

test('a p95 target is a constraint of every objective', async () => {
  const withTarget = (worker: ScenarioWorker, w: number): ScenarioWorker =>
    w === 2 ? { ...worker, p95TargetMs: 1.43 } : worker
  const free = await fakePlan((worker) => worker)
  assert.ok(free.workers[2].p95Ms > 1.43, 'otherwise nothing is asked')
  for (const objective of ['by-load', 'work-per-joule', 'lowest-worker'] as const) {
    const met = await fakePlan(withTarget, { objective })
    assert.ok(met.workers[2].p95Ms <= 1.43, objective)
  }
})

test('the search does better than the best fixed window if a better plan is near', async () => {
  const plan = await windows.plan(randomScenario(h200, 3, 5), {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 300 },
    evaluate: fakeMetrics,
  })
  const { predicted, solver } = plan.evidence
  assert.ok(predicted && solver && solver.objective > predicted.bestFixedWindow * 1.05)
})

test('constraints come before the objective, and noise is no gain', () => {
  assert.ok(beats({ violation: 0, value: 1 }, { violation: 0.1, value: 2 }))
  assert.ok(!beats({ violation: 0.1, value: 2 }, { violation: 0, value: 1 }))
  assert.ok(beats({ violation: 0, value: 1.01 }, { violation: 0, value: 1 }))
  assert.ok(!beats({ violation: 0, value: 1.0005 }, { violation: 0, value: 1 }))
})

test('shorter kernels get higher priorities, and a higher class is above all kernels of a lower one', () => {
  const scenario = randomScenario(h200, 2, 40)
  const [levels] = priorityLevels(scenario, MEASURED_CUTS)
  const us = scenario.workers[0].profile.kernels.map((kernel) => kernel.durationUs['132'])
  us.forEach((duration, k) => {
    const expected = duration < 4 ? 3 : duration < 8 ? 2 : duration < 16 ? 1 : 0
    assert.equal(levels[k], expected)
  })
  const ranked = randomScenario(h200, 2, 40, (worker, w) =>
    w === 1 ? { ...worker, priorityClass: 'high' } : worker,
  )
  const [normal, high] = priorityLevels(ranked, MEASURED_CUTS)
  assert.ok(Math.max(...normal) < Math.min(...high))
  assert.ok(Math.max(...high) < h200.priorityLevels)
})

test('fixed windows begin with disjoint shares and end with the whole device', () => {
  const sizes = fixedWindows(randomScenario(h200, 4, 5)).map(({ workers }) => workers[0].first.size)
  assert.deepEqual(sizes, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
  // Thirds of 16 granules, to the nearest one.
  for (const { workers } of fixedWindows(randomScenario(h200, 3, 5)))
    assert.deepEqual(
      workers.map(({ first }) => first.base),
      [0, 5, 11],
    )
})

/** The requests per second that each worker of the fake device is offered, out of 1000 that fill its share. */
const OFFERED = 100

/** Workers under open loads on that device, each a queue whose latency grows with its utilisation. */
async function loadedMetrics(
  plans: readonly Plan[],
  _effort: Effort,
  load = 1,
): Promise<Metrics[]> {
  return plans.map((plan) =>
    metricsOf(
      {
        seconds: 1,
        workers: sharesOf(plan).map((share, w) => {
          const offered = OFFERED * load
          const busyShare = Math.min(1, offered / (1000 * share))
          return {
            name: plan.workers[w].name,
            completed: 100,
            requestsPerSecond: Math.min(offered, 1000 * share),
            offeredPerSecond: offered,
            busyShare,
            latenciesUs: new Float64Array(100).fill(1000 / share / Math.max(0.01, 1 - busyShare)),
            switchesPerRequest: 0,
          }
        }),
        powerW: 100,
        energyJ: 100,
        cuUtilization: 1,
        launches: 0,
      },
      plan.workers.map(() => 1000),
    ),
  )
}

test('if every load is open, the search finds the plan that carries most of it', async () => {
  const open = (worker: ScenarioWorker): ScenarioWorker => ({
    ...worker,
    load: { kind: 'poisson', ratePerSecond: OFFERED },
  })
  const plan = await windows.plan(randomScenario(h200, 3, 5, open), {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 300 },
    evaluate: loadedMetrics,
  })
  const { solver, predicted, parameters } = plan.evidence
  assert.equal(parameters.objective, 'headroom')
  const room = (made: Plan): number => (0.95 * 1000 * Math.min(...sharesOf(made))) / OFFERED
  assert.ok(Math.abs(solver!.objective / room(plan) - 1) < 1e-9, `${solver!.objective}`)
  assert.equal(predicted!.violation, 0)
  assert.ok(solver!.objective > predicted!.bestFixedWindow * 1.02)
  const even = 0.95 * (16 / 14 / 1.5) * 10
  assert.ok(solver!.objective > 0.85 * even, `${solver!.objective} of about ${even} at best`)
})

test('a tiny load is raised no further than anybody would ask for', async () => {
  const seldom = (worker: ScenarioWorker): ScenarioWorker => ({
    ...worker,
    load: { kind: 'poisson', ratePerSecond: 1e-3 },
  })
  const evaluator = createEvaluator(randomScenario(h200, 1, 3, seldom), SETTINGS)
  const loads: number[] = []
  const plan = await windows.plan(randomScenario(h200, 1, 3, seldom), {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 20 },
    evaluate: (plans, effort, load = 1) => {
      loads.push(load)
      return evaluator.evaluate(plans, effort, load)
    },
  })
  assert.equal(Math.max(...loads), 32)
  assert.ok(Number.isFinite(plan.evidence.predicted!.headroom))
})

test('headroom is only for open loads', async () => {
  const context = {
    parameters: { ...DEFAULT_PARAMETERS, objective: 'headroom' as const },
    evaluate: fakeMetrics,
  }
  await assert.rejects(windows.plan(randomScenario(h200, 2, 5), context), InputError)
})
