import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import type { InputError } from '../errors.js'
import { DATA_FOLDER, loadShippedProfile } from '../io/library.js'
import { readFile } from '../io/read.js'
import { validate } from '../io/validate.js'
import { checkPlan } from '../plan/check.js'
import { isPooled, switchesPerRequest } from '../plan/plan.js'
import { contentionOf } from '../simulate/model/contention.js'
import { simulate } from '../simulate/simulate.js'
import { calibrate, patternSearch } from './calibrate.js'
import { errorsByMix, errorsOf } from './errors.js'
import { kendallTau } from './kendall.js'
import { leaveOneOut } from './leave-one-out.js'
import { FITTED, fittedValues, neutralValues, withFitted } from './parameters.js'
import { type Point, pointsSchema } from './points.js'
import { pointsFileSchema } from './points-file.js'
import { type Prediction, predict } from './predict.js'
import { mixName, runOf, unorderedMixName } from './scenario-of.js'

const SHORT = { warmupUs: 30_000, durationUs: 60_000 }

const profileOf = (model: string, batch: number) =>
  loadShippedProfile('h200', model, batch, { file: 'test', path: '' })

const points = (name: string): readonly Point[] =>
  readFile(`${DATA_FOLDER}measured/points/${name}`, pointsFileSchema).points

/** Predictions for one mix with these measured and predicted speedups. */
function predictions(measured: readonly number[], predicted: readonly number[]): Prediction[] {
  const point = { workers: [] } as unknown as Point
  return measured.map((value, i) => ({
    point,
    mix: 'a',
    workers: [],
    weightedSpeedup: { measured: value, predicted: predicted[i] },
  }))
}

test('τ is 1 in the measured order, -1 in the opposite order, and ignores pairs within 1 %', () => {
  assert.equal(kendallTau(predictions([1, 2, 3], [1.1, 1.9, 5])), 1)
  assert.equal(kendallTau(predictions([1, 2, 3], [3, 2, 1])), -1)
  assert.equal(kendallTau(predictions([1, 1.005], [2, 1])), null)
  assert.equal(kendallTau(predictions([1, 1.005, 2], [2, 1, 3])), 1)
  assert.equal(kendallTau(predictions([100, 99], [1, 2])), null)
  assert.equal(kendallTau(predictions([100, 98], [1, 2])), -1)
})

test('τ stays within -1..1, and points of different mixes are not compared', () => {
  const value = fc.double({ min: 0.5, max: 3, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 12 }), (pairs) => {
      const some = predictions(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      )
      const tau = kendallTau(some)
      assert.ok(tau === null || Math.abs(tau) <= 1)
      const apart = some.map((prediction, i) => ({ ...prediction, mix: `${i}` }))
      assert.equal(kendallTau(apart), null)
    }),
  )
})

test('errors are relative to the measured value; bias keeps its sign', () => {
  const errors = errorsOf(predictions([2, 1], [2.2, 0.8]))
  assert.ok(Math.abs(errors.weightedSpeedupMape! - 0.15) < 1e-12)
  assert.ok(Math.abs(errors.weightedSpeedupBias! + 0.05) < 1e-12)
  assert.equal(errors.powerMape, null)
})

test('power of short windows only counts if no long one was measured', () => {
  const [base] = predictions([1], [1])
  const powered = (seconds: number | undefined, predicted: number): Prediction => ({
    ...base,
    point: { workers: [], seconds } as unknown as Point,
    powerW: { measured: 100, predicted },
  })
  assert.ok(Math.abs(errorsOf([powered(0.5, 200), powered(2, 110)]).powerMape! - 0.1) < 1e-12)
  assert.ok(Math.abs(errorsOf([powered(undefined, 120)]).powerMape! - 0.2) < 1e-12)
})

test('every recorded point becomes a plan that fits its scenario', () => {
  for (const file of ['h200-first-mixes.json.gz', 'h200-varied-mixes-memsets-left.json.gz']) {
    for (const point of points(file)) {
      const { scenario, plan } = runOf(h200, point, profileOf)
      checkPlan(plan, scenario, file)
      assert.ok(plan.pool.every(isPooled))
      plan.workers.forEach((worker, w) => {
        const { groups } = point.workers[w]
        const changes = groups.filter(
          ({ granules }, i) => i > 0 && granules.join() !== groups[i - 1].granules.join(),
        ).length
        assert.equal(switchesPerRequest(worker), changes)
      })
    }
  }
})

test('priorities and open loads of a point are kept', () => {
  const [point] = points('h200-first-mixes.json.gz')
  const worker = { ...point.workers[2], load: { poisson: 100 } }
  const groups = [{ ...worker.groups[0], priority: 3 }]
  const { scenario, plan } = runOf(h200, { workers: [{ ...worker, groups }] }, profileOf)
  assert.deepEqual(scenario.workers[0].load, { kind: 'poisson', ratePerSecond: 100 })
  assert.equal(plan.workers[0].groups[0].priority, 3)
})

test('a point is simulated for as long as its slowest worker needs', () => {
  const [{ workers }] = points('h200-first-mixes.json.gz')
  const lastArrivalUs = (slowestRps: number, fastestRps: number): number => {
    const pair = workers.slice(0, 2).map((one, i) => ({ ...one, rps: [slowestRps, fastestRps][i] }))
    let lastUs = 0
    const onArrival = (_: number, timeUs: number): void => {
      lastUs = timeUs
    }
    predict(h200, { workers: pair }, profileOf, { mode: 'coarse', onArrival })
    return lastUs
  }
  const lengthUs = lastArrivalUs(100, 800)
  assert.equal(lastArrivalUs(100, 1600), lengthUs)
  assert.ok(lastArrivalUs(50, 800) > 1.5 * lengthUs)
})

test('points with shares are of processes that are told only of their share, unless they say otherwise', () => {
  const [{ workers }] = points('h200-first-mixes.json.gz')
  const shared = { workers: workers.map((worker) => ({ ...worker, share: 53 })) }
  const speedupOf = (point: Point, told?: boolean) =>
    predict(h200, point, profileOf, { ...SHORT, ...(told !== undefined && { told }) })
      .weightedSpeedup.predicted
  assert.equal(speedupOf(shared), speedupOf(shared, false))
  assert.equal(speedupOf({ ...shared, told: true }), speedupOf(shared, true))
  assert.notEqual(speedupOf(shared, true), speedupOf(shared, false))
  const { scenario, plan } = runOf(h200, shared, profileOf)
  const planned = simulate(scenario, plan, { ...SHORT, seed: 1, mode: 'exact' })
  assert.deepEqual(
    planned.workers.map(({ requestsPerSecond }, w) => requestsPerSecond / workers[w].soloRps),
    predict(h200, { ...shared, told: true }, profileOf, {
      ...SHORT,
      seed: 1,
      mode: 'exact',
    }).workers.map(({ normalizedThroughput }) => normalizedThroughput.predicted),
    'plans are of processes that are told',
  )
})

test('workers with a share are processes under MPS, and one without a share has the whole device', () => {
  const [{ workers }] = points('h200-first-mixes.json.gz')
  const shared = {
    workers: workers.map((worker, i) => (i === 1 ? worker : { ...worker, share: 53 })),
  }
  const { scenario, plan } = runOf(h200, shared, profileOf)
  checkPlan(plan, scenario, 'points')
  assert.equal(plan.mechanism, 'mps')
  assert.deepEqual(
    plan.workers.map(({ groups }) => plan.pool[groups[0].partition]),
    workers.map((_, owner) => ({ cus: owner === 1 ? 132 : 53, owner })),
  )
})

test('points of the earlier format are read like those of the present one', () => {
  const worker = { model: 'm', batch: 8, soloRps: 10, rps: 5, note: 'kept' }
  const file = (format: string, plan: object) => ({
    format,
    device: 'h200',
    points: [{ workers: [{ ...worker, ...plan }], name: 'windows' }],
  })
  const runs = [
    [3, [0, 1]],
    [2, [4], 5],
  ]
  const groups = [
    { kernels: 3, granules: [0, 1], priority: 0 },
    { kernels: 2, granules: [4], priority: 5 },
  ]
  const today = file('eclip.points/2', { groups })
  // When that format was written, memset nodes stayed behind unless the file said otherwise.
  const memsets = 'default-context'
  assert.deepEqual(pointsFileSchema.parse(file('eclip.points/1', { runs })), { ...today, memsets })
  const moved = { memsets: 'rehomed' }
  assert.deepEqual(pointsFileSchema.parse({ ...file('eclip.points/1', { runs }), ...moved }), {
    ...today,
    ...moved,
  })
  assert.deepEqual(pointsFileSchema.parse(today), today)
  assert.deepEqual(pointsSchema.parse(today), today)
})

for (const [name, change, path, expected] of [
  ['a newer format', { format: 'eclip.points/3' }, 'format', /"eclip.points\/2" or .*\/1"/],
  ['another format', { format: 'eclip.plan/1' }, 'format', /"eclip.points\/2" or .*\/1"/],
  ['runs of today', { format: 'eclip.points/2' }, 'points[0].workers[0].groups', /array/],
  ['no granules', { runs: [[3, []]] }, 'points[0].workers[0].runs[0][1]', /at least 1 entr/],
  ['half a kernel', { runs: [[0.5, [1]]] }, 'points[0].workers[0].runs[0][0]', /whole number/],
] as const) {
  test(`points that cannot be read say where: ${name}`, () => {
    const { runs = [[3, [1]]], ...rest } = { ...change } as { runs?: unknown }
    const workers = [{ model: 'm', batch: 8, soloRps: 10, rps: 5, runs }]
    const file = { format: 'eclip.points/1', device: 'h200', points: [{ workers }], ...rest }
    assert.throws(
      () => validate(file, pointsFileSchema, 'points.json'),
      (error: InputError) => {
        assert.equal(error.problem.path, path)
        assert.match(error.problem.expected, expected)
        return true
      },
    )
  })
}

test('the simulator stays close to points that were measured on the H200', () => {
  const all = points('h200-first-mixes.json.gz')
  const some = all.filter((_, i) => i % 70 === 0)
  const predicted = some.map((point) => predict(h200, point, profileOf, SHORT))
  const errors = errorsOf(predicted)
  assert.ok(errors.workerRateMape! < 0.06, `rates: ${errors.workerRateMape}`)
  assert.ok(errors.weightedSpeedupMape! < 0.03, `speedup: ${errors.weightedSpeedupMape}`)
  assert.deepEqual(Object.keys(errorsByMix(predicted)), [...new Set(some.map(mixName))])
})

test('the search finds a minimum, within its trials, and never goes below 0', () => {
  const goal = FITTED.map(({ step }, i) => (i % 2 === 0 ? 5 * step : 0))
  const loss = (values: readonly number[]): number => {
    assert.ok(values.every((value) => value >= 0))
    return values.reduce((sum, value, i) => sum + ((value - goal[i]) / FITTED[i].step) ** 2, 0)
  }
  const start = FITTED.map(({ step }) => 2 * step)
  const found = patternSearch(start, loss, { trials: 400 })
  assert.ok(found.loss < 0.05 && found.before > 10)
  let asked = 0
  const counted = (values: readonly number[]): number => {
    asked++
    return loss(values)
  }
  patternSearch(start, counted, { trials: 5 })
  assert.equal(asked, 5)
  let heard = 0
  patternSearch(start, loss, { trials: 5, onTrial: () => heard++ })
  assert.equal(heard, 4)
})

test('calibration gives a device that is no worse, and changes only fitted parameters', () => {
  const point = points('h200-first-mixes.json.gz')[2]
  const crude = withFitted(
    h200,
    fittedValues(h200).map((value) => value * 1.5),
  )
  const { device, loss, lossBefore } = calibrate(crude, [point], { profileOf, trials: 3 })
  assert.ok(loss <= lossBefore)
  assert.deepEqual(device.power, h200.power)
  assert.deepEqual(withFitted(device, fittedValues(h200)), h200)
})

test('a fit starts from what the device is simulated with, whatever its file leaves out', () => {
  const names = Object.keys(h200.contention) as (keyof typeof h200.contention)[]
  fc.assert(
    fc.property(fc.subarray(names), (kept) => {
      const contention = Object.fromEntries(kept.map((name) => [name, h200.contention[name]]))
      const device = { ...h200, contention }
      const fitted = withFitted(device, fittedValues(device))
      assert.deepEqual(contentionOf(fitted), contentionOf(device))
      assert.deepEqual(fitted.costs, device.costs)
    }),
  )
})

test('a fit that leaves a mix out starts from values in which no mix had a part', () => {
  const other = withFitted(
    h200,
    fittedValues(h200).map((value) => value * 2),
  )
  assert.deepEqual(neutralValues(other), neutralValues(h200))
  const some = points('h200-first-mixes.json.gz')
  const two = [some[0], some.find((point) => mixName(point) !== mixName(some[0]))!]
  const options = { profileOf, trials: 2, fitPerMix: 1, mode: 'coarse', leftOut: 'mix' } as const
  const told: [string, number, number][] = []
  const folds = leaveOneOut(h200, two, { ...options, onFold: (...fold) => told.push(fold) })
  assert.deepEqual(
    told,
    two.map((point, i) => [unorderedMixName(point), i, 2]),
  )
  assert.deepEqual(
    folds.map(({ left, predictions }) => [left, predictions.length]),
    two.map((point) => [unorderedMixName(point), 1]),
  )
  const turned = { ...two[0], workers: [...two[0].workers].reverse() }
  const [fold] = leaveOneOut(h200, [two[0], turned, two[1]], options)
  assert.equal(fold.predictions.length, 2, 'the same workers in another order are left out too')
  const again = leaveOneOut(other, two, options)
  assert.deepEqual(
    again.map(({ errors }) => errors),
    folds.map(({ errors }) => errors),
  )
})

test('a mix that is left out is predicted by a fit on the others only', () => {
  const some = points('h200-first-mixes.json.gz')
  const two = [some[0], some.find((point) => mixName(point) !== mixName(some[0]))!]
  const options = { profileOf, trials: 6, fitPerMix: 1, mode: 'coarse', leftOut: 'mix' } as const
  const unknown = withFitted(h200, neutralValues(h200))
  const expected = two.map((left, i) => {
    const { device } = calibrate(unknown, [two[1 - i]], options)
    return predict(device, left, profileOf, { mode: 'coarse' })
  })
  const folds = leaveOneOut(h200, two, options)
  assert.deepEqual(
    folds.map(({ predictions: [prediction] }) => prediction),
    expected,
  )
})

test('a model is left out with every point in which it occurs', () => {
  const some = points('h200-first-mixes.json.gz')
  const two = [some[0], some.find((point) => mixName(point) !== mixName(some[0]))!]
  const models = two.map(({ workers }) => new Set(workers.map(({ model }) => model)))
  const all = [...new Set(models.flatMap((one) => [...one]))]
  const options = { profileOf, trials: 2, fitPerMix: 1, mode: 'coarse', leftOut: 'model' } as const
  assert.deepEqual(
    leaveOneOut(h200, two, options).map(({ left, predictions }) => [left, predictions.length]),
    all.map((model) => [model, models.filter((one) => one.has(model)).length]),
  )
})
