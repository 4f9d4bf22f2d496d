import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { loadShippedProfile } from '../io/library.js'
import { lossOf } from './calibrate.js'
import { errorsByMix, errorsOf } from './errors.js'
import type { Point } from './points.js'
import { type Pair, type Prediction, predict } from './predict.js'
import { samplePoints } from './sample-points.js'

const value = fc.double({ min: 0.2, max: 4, noNaN: true })
const pair: fc.Arbitrary<Pair> = fc.record({ measured: value, predicted: value })

/** Predictions for points of three mixes, some of which have a p95 or a power. */
const predictions: fc.Arbitrary<Prediction[]> = fc.array(
  fc
    .record({
      mix: fc.constantFrom('a', 'b', 'c'),
      rates: fc.array(fc.tuple(pair, fc.option(pair)), { minLength: 1, maxLength: 4 }),
      weightedSpeedup: pair,
      powerW: fc.option(pair),
      seconds: fc.constantFrom(undefined, 0.5, 1.99, 2, 10),
    })
    .map(({ mix, rates, weightedSpeedup, powerW, seconds }) => ({
      ...{ mix, weightedSpeedup, point: { workers: [], seconds } as unknown as Point },
      workers: rates.map(([normalizedThroughput, p95Ms]) => ({
        ...{ name: 'w', normalizedThroughput },
        ...(p95Ms && { p95Ms }),
      })),
      ...(powerW && { powerW }),
    })),
  { minLength: 1, maxLength: 12 },
)

const average = (values: readonly number[]): number =>
  values.reduce((total, one) => total + one, 0) / values.length
const off = ({ measured, predicted }: Pair): number => (predicted - measured) / measured

function same(actual: number | null, values: readonly number[]): void {
  const expected = values.length === 0 ? null : average(values)
  const isSame = expected === null ? actual === null : Math.abs(actual! - expected) < 1e-9
  assert.ok(isSame, `${actual} for ${expected}`)
}

test('the errors of each mix are those of its own predictions', () => {
  fc.assert(
    fc.property(predictions, (some) => {
      for (const [mix, errors] of Object.entries(errorsByMix(some)))
        assert.deepEqual(errors, errorsOf(some.filter((one) => one.mix === mix)))
    }),
  )
})

test('the error statistics of any predictions are those of their definitions', () => {
  fc.assert(
    fc.property(predictions, (some) => {
      const errors = errorsOf(some)
      const absolute = (pairs: readonly Pair[]) => pairs.map((one) => Math.abs(off(one)))
      const workers = some.flatMap((one) => one.workers)
      const speedups = some.map(({ weightedSpeedup }) => weightedSpeedup)
      assert.equal(errors.points, some.length)
      same(
        errors.workerRateMape,
        absolute(workers.map(({ normalizedThroughput }) => normalizedThroughput)),
      )
      same(errors.p95Mape, absolute(workers.flatMap(({ p95Ms }) => (p95Ms ? [p95Ms] : []))))
      same(errors.weightedSpeedupMape, absolute(speedups))
      same(errors.weightedSpeedupBias, speedups.map(off))
      const isLong = ({ point }: Prediction): boolean => point.seconds === 2 || point.seconds === 10
      const long = some.some(isLong) ? some.filter(isLong) : some
      same(errors.powerMape, absolute(long.flatMap(({ powerW }) => (powerW ? [powerW] : []))))
      // Each pair of points of a mix is right, wrong, or neither if both are predicted alike.
      const signs = some.flatMap((a, i) =>
        some.slice(i + 1).flatMap((b) => {
          const [x, y] = [a.weightedSpeedup, b.weightedSpeedup]
          const [least, most] = [x.measured, y.measured].sort((p, q) => p - q)
          if (a.mix !== b.mix || least >= 0.99 * most) return []
          return Math.sign((x.measured - y.measured) * (x.predicted - y.predicted))
        }),
      )
      same(errors.kendallTau, signs)
    }),
  )
})

test('calibration weighs mixes equally, speedups one and a half times, and no error above 30%', () => {
  fc.assert(
    fc.property(predictions, (some) => {
      const bounded = (pairs: readonly Pair[]): number =>
        average(pairs.map((one) => Math.min(0.3, Math.abs(off(one)))))
      const losses = ['a', 'b', 'c'].flatMap((mix) => {
        const own = some.filter((one) => one.mix === mix)
        if (own.length === 0) return []
        const rates = own.flatMap(({ workers }) => workers.map((w) => w.normalizedThroughput))
        return bounded(rates) + 1.5 * bounded(own.map(({ weightedSpeedup }) => weightedSpeedup))
      })
      same(lossOf(some), losses)
    }),
  )
})

test('a sample has a given number of points of each mix, in order and evenly spread', () => {
  const counts = fc.tuple(fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 12 }), (sizes, perMix) => {
      const points = ['a', 'b'].flatMap((model, m) =>
        Array.from({ length: sizes[m] }, (_, name) => ({ name, workers: [{ model, batch: 1 }] })),
      ) as unknown as Point[]
      const sample = samplePoints(points, perMix) as unknown as {
        name: number
        workers: { model: string }[]
      }[]
      for (const [m, model] of ['a', 'b'].entries()) {
        const own = sample.filter(({ workers }) => workers[0].model === model)
        assert.equal(own.length, Math.min(perMix, sizes[m]))
        own.forEach(({ name }, i) => {
          const place = (i * sizes[m]) / own.length
          assert.ok(name <= place && name > place - 1, `${name} for ${place}`)
        })
      }
    }),
  )
})

test('a p95 is predicted if one was measured', () => {
  const profileOf = (model: string, batch: number) =>
    loadShippedProfile('h200', model, batch, { file: 'test', path: '' })
  const kernels = profileOf('alexnet', 8).kernels.length
  const worker = {
    ...{ model: 'alexnet', batch: 8, soloRps: 3000, rps: 1500 },
    groups: [{ kernels, granules: [0, 1, 2, 3, 4, 5, 6, 7], priority: 0 }],
  }
  const point: Point = { workers: [worker, { ...worker, p95Ms: 0.5 }] }
  const [without, measured] = predict(h200, point, profileOf, {
    ...{ warmupUs: 2000, durationUs: 10_000, mode: 'coarse' },
  }).workers
  assert.equal(without.p95Ms, undefined)
  assert.equal(measured.p95Ms!.measured, 0.5)
  assert.ok(measured.p95Ms!.predicted > 0)
})
