import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { wholeDevice } from '../device/device.js'
import { overallVerdict } from '../plan/judgement.js'
import { planWorkload } from '../plan-workload.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { wholeRequest } from '../policy/whole-request.js'
import { metricsOf } from '../simulate/metrics.js'
import { CLOSED_LOOP, type Load, type Scenario } from '../workload/scenario.js'
import { createEvaluator, type Run } from './evaluator.js'
import { type JudgingOptions, judge } from './judge.js'
import { randomDemand } from './random-demand.test.fixture.js'

const POISSON: Load = { kind: 'poisson', ratePerSecond: 100 }

/** One worker under an open load that should stay within 10 ms. */
function scenarioWith(change: object): Scenario {
  return randomScenario(h200, 1, 4, (worker) => ({
    ...worker,
    load: POISSON,
    p95TargetMs: 10,
    ...change,
  }))
}

const planOf = (scenario: Scenario) =>
  wholeRequest(scenario, 'baseline', {}, () => ({ partition: wholeDevice(h200), owner: null }))

/** The result of a run with one seed: p95 in ms, requests served of the 100 offered, and the busy share. */
interface Found {
  readonly p95Ms: number
  readonly served?: number
  readonly busy?: number
}

/** Imitates simulation threads: every run returns the result given for its seed. */
function fakeEvaluator(found: (seed: number) => Found) {
  const asked: Run[] = []
  const simulate = async (runs: readonly Run[]) => {
    asked.push(...runs)
    return runs.map(({ options, load }) => {
      const { p95Ms, served = 100, busy = 0.3 } = found(options.seed)
      const worker = {
        name: 'w',
        completed: served,
        requestsPerSecond: served,
        offeredPerSecond: 100 * load,
        busyShare: busy,
        latenciesUs: Float64Array.of(p95Ms * 1000),
        switchesPerRequest: 0,
      }
      const result = { seconds: 1, powerW: 100, energyJ: 100, cuUtilization: 0.5, launches: 0 }
      return metricsOf({ ...result, workers: [worker] }, [1000])
    })
  }
  return { asked, simulate }
}

async function judged(found: (seed: number) => Found, change = {}, options = {}) {
  const scenario = scenarioWith(change)
  const evaluator = fakeEvaluator(found)
  const asking: JudgingOptions = { seed: 5, mode: 'exact', ...options }
  const { judgement, metrics, lowest, highest } = await judge(
    scenario,
    planOf(scenario),
    evaluator,
    asking,
  )
  return { worker: judgement.workers[0], judgement, metrics, lowest, highest, evaluator }
}

test('a p95 far from its target is decided by the first runs, on either side', async () => {
  const near = (ms: number) => (seed: number) => ({ p95Ms: ms + 0.01 * (seed % 3) })
  const met = await judged(near(5))
  assert.equal(met.worker.p95Target?.verdict, 'met')
  assert.ok(Math.abs(met.worker.p95Target!.margin! - 0.5) < 0.01)
  assert.deepEqual(met.judgement.seeds, [5, 6, 7, 8])
  const missed = await judged(near(20))
  assert.equal(missed.worker.p95Target?.verdict, 'missed')
  assert.ok(missed.worker.p95Target!.margin! < 0)
  assert.equal(missed.judgement.seeds.length, 4)
  assert.equal(overallVerdict(missed.judgement), 'missed')
})

test('a p95 near its target takes more runs, and nothing is promised if they do not decide it', async () => {
  const near = await judged((seed) => ({ p95Ms: 9 + (seed % 4) * 0.3 }))
  assert.equal(near.judgement.seeds.length, 16)
  const simulated = near.evaluator.asked.slice(0, 16).map(({ options }) => options.seed)
  assert.deepEqual(simulated, near.judgement.seeds)
  assert.equal(near.worker.p95Target?.verdict, 'unclear')
  const { mean, low, high } = near.worker.p95Ms!
  assert.ok(low < mean && mean < high && high > 10)
  assert.deepEqual([near.lowest.workers[0].p95Ms, near.highest.workers[0].p95Ms], [9, 9.9])
})

test('under overload no target is met, however short the runs are', async () => {
  const { worker, judgement } = await judged(() => ({ p95Ms: 1, served: 60, busy: 1 }))
  assert.equal(worker.isOverloaded, true)
  assert.ok(Math.abs(worker.utilisation! - 100 / 60) < 1e-12)
  assert.equal(worker.p95Target?.verdict, 'missed')
  assert.equal(overallVerdict(judgement), 'missed')
})

test('a worker that finishes nothing in some run misses its target', async () => {
  const { worker } = await judged((seed) => ({ p95Ms: seed === 6 ? Number.NaN : 1 }))
  assert.equal(worker.p95Ms, null)
  assert.deepEqual(worker.p95Target, { asked: 10, margin: null, verdict: 'missed' })
})

test('minimum shares are judged like targets', async () => {
  const half = (seed: number) => ({ p95Ms: 1, served: 50 + (seed % 2) * 0.1, busy: 0.4 })
  const kept = await judged(half, { p95TargetMs: undefined, minimumShare: 0.4 })
  assert.equal(kept.worker.minimumShare?.verdict, 'met')
  assert.equal(kept.worker.p95Target, undefined)
  const broken = await judged(half, { p95TargetMs: undefined, minimumShare: 0.6 })
  assert.equal(broken.worker.minimumShare?.verdict, 'missed')
  const varying = (seed: number) => ({ p95Ms: 1, served: 50 + (seed % 2) * 10, busy: 0.4 })
  const close = await judged(varying, { p95TargetMs: undefined, minimumShare: 0.52 })
  assert.equal(close.worker.minimumShare?.verdict, 'unclear')
  assert.equal(close.judgement.seeds.length, 16)
})

test('a user who sets the number of runs and their length gets exactly those', async () => {
  const { judgement, evaluator } = await judged(
    () => ({ p95Ms: 9.9 }),
    {},
    { runs: 2, durationUs: 7e6 },
  )
  assert.deepEqual([judgement.seeds, judgement.seconds], [[5, 6], 7])
  assert.ok(evaluator.asked.slice(0, 2).every(({ options }) => options.durationUs === 7e6))
})

test('the judgement has the headroom if every load is open, and none in a closed loop', async () => {
  const open = await judged(() => ({ p95Ms: 1, busy: 0.3 }))
  const { headroom } = open.judgement
  assert.ok(headroom! <= 10 / 3 && headroom! > 10 / 3.1, `busy at 3.33 times the load: ${headroom}`)
  const closed = await judged(() => ({ p95Ms: 1 }), { load: CLOSED_LOOP })
  assert.equal(closed.judgement.headroom, null)
})

/** Random demands, some of whose targets are met; `node bench/targets.mjs` tries many more. */
const RECORDED_DEMANDS = [4, 6, 9]

for (const seed of RECORDED_DEMANDS) {
  test(`a target that is judged as met holds with other seeds: demand ${seed}`, async () => {
    const scenario = randomDemand(seed)
    const { plan, judgement } = await planWorkload(scenario, { searchPlans: 24, seed })
    const verdicts = judgement.workers.flatMap(({ p95Target }) => p95Target?.verdict ?? [])
    assert.ok(verdicts.includes('met'), 'otherwise nothing is tried')
    const runs = [1001, 1002].map((other) => ({
      plan,
      load: 1,
      options: { seed: other, mode: 'exact', warmupUs: 500_000, durationUs: 10_000_000 } as const,
    }))
    for (const { workers } of await createEvaluator(scenario).simulate(runs)) {
      judgement.workers.forEach(({ p95Target }, w) => {
        if (p95Target?.verdict === 'met') assert.ok(workers[w].p95Ms <= p95Target.asked)
        if (p95Target?.verdict === 'missed') assert.ok(workers[w].p95Ms > p95Target.asked)
      })
    }
  })
}
