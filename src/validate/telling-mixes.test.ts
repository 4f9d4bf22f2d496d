import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { totalCus } from '../device/device.js'
import { pointWindow } from '../evaluate/simulation-windows.js'
import { loadScenario } from '../io/scenario.js'
import { sum } from '../numbers.js'
import { requestUs } from '../profile/duration.js'
import { createRandom } from '../random.js'
import { simulate } from '../simulate/simulate.js'
import { FITTED, fittedValues, withFitted } from './parameters.js'
import { drawMixes, informed, tellingMixes, trialMix } from './telling-mixes.js'

describe('mixes to choose from', () => {
  test('are distinct, of two to four models', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer(),
        (count, wanted, seed) => {
          const models = Array.from({ length: count }, (_, i) => `m${i}/1`)
          const mixes = drawMixes(models, wanted, createRandom(seed))
          assert.ok(mixes.length <= wanted)
          const members = mixes.map((mix) => mix.split('+'))
          const unordered = members.map((mix) => mix.toSorted().join('+'))
          assert.equal(new Set(unordered).size, mixes.length)
          for (const mix of members) {
            assert.ok(mix.length >= 2 && mix.length <= 4)
            assert.equal(new Set(mix).size, mix.length)
          }
        },
      ),
    )
  })
})

describe('each model is in about as many mixes as any other', () => {
  for (const seed of [1, 2, 3]) {
    test(`seed ${seed}`, () => {
      const models = Array.from({ length: 21 }, (_, i) => `m${i}/1`)
      const used = drawMixes(models, 14, createRandom(seed)).flatMap((mix) => mix.split('+'))
      const uses = models.map((model) => used.filter((one) => one === model).length)
      assert.equal(used.length, 41)
      assert.ok(Math.min(...uses) >= 1 && Math.max(...uses) <= 3, `${uses}`)
    })
  }
})

describe('the most telling mixes', () => {
  const mixes = [
    'alexnet/1+vgg19/1',
    'alexnet/1+shufflenet/1',
    'vgg19/8+alexnet/8',
    'alexnet/8+vgg19/8',
  ].map((mix) => trialMix(loadScenario(mix)))
  const secondsOf = () => 10

  test('run from disjoint windows to the whole device', () => {
    const sizes = mixes[0].plans.map(({ pool }) =>
      pool.map((entry) => 'granules' in entry && entry.granules.length),
    )
    assert.deepEqual(sizes, [
      [8, 8],
      [11, 11],
      [13, 13],
      [16, 16],
    ])
  })

  test('tell less and less, because what is already known tells nothing new', () => {
    const begun: number[] = []
    const chosen = tellingMixes(mixes, secondsOf, 1000, (index) => begun.push(index))
    assert.deepEqual(begun, [0, 1, 2, 3])
    const told = chosen.map(({ information }) => information)
    assert.equal(chosen.length, mixes.length)
    assert.deepEqual(
      told,
      told.toSorted((a, b) => b - a),
    )
    assert.ok(told.every((information) => information > 0))
  })

  test('a mix tells by how many errors its rates change when a parameter is a step off', () => {
    const { scenario, plans } = mixes[1]
    const { device, workers } = scenario
    const start = fittedValues(device)
    const soloUs = workers.map(({ profile }) => requestUs(profile, totalCus(device)))
    const window = pointWindow(1e6 / (2 * Math.max(...soloUs)), 'closed')
    const logRates = (values: readonly number[]) =>
      [plans[0], plans[plans.length - 1]].flatMap((plan) => {
        const moved = { ...scenario, device: withFitted(device, values) }
        const result = simulate(moved, plan, { ...window, mode: 'coarse', seed: 1 })
        return result.workers.map(({ requestsPerSecond }) => Math.log(requestsPerSecond))
      })
    const before = logRates(start)
    const after = FITTED.map(({ step }, i) => logRates(start.with(i, start[i] + step)))
    const rows = before.map((rate, r) => after.map((rates) => (rates[r] - rate) / 0.03))
    const nothingKnown = FITTED.map((_, i) => FITTED.map((_, j) => Number(i === j)))
    const [{ information }] = tellingMixes([mixes[1]], secondsOf, 1000)
    assert.ok(Math.abs(information / informed(nothingKnown, rows).information - 1) < 1e-9)
  })

  test('a mix tells less when it is measured again', () => {
    for (const mix of mixes) {
      const [once, again] = tellingMixes([mix, mix], secondsOf, 1000)
      assert.ok(again.information < 0.99 * once.information)
    }
  })

  test('take no more time than is available, the most telling mix first', () => {
    const all = tellingMixes(mixes, secondsOf, 1000)
    const some = tellingMixes(mixes, secondsOf, 25)
    assert.deepEqual(some, all.slice(0, 2))
    const cheap = tellingMixes(
      mixes,
      ({ scenario }) => (scenario === all[0].scenario ? 26 : 10),
      25,
    )
    assert.equal(cheap.includes(all[0]), false)
    assert.ok(sum(cheap.map(() => 10)) <= 25)
  })
})

test('measurements tell what they shrink the volume of the unknown by, in whatever order they come', () => {
  const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 2 })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), (rows) => {
      const nothingKnown = [
        [1, 0],
        [0, 1],
      ]
      // Precisions add up: one for each parameter, and that of every row (error 1).
      const precision = nothingKnown.map((line, i) =>
        line.map((one, j) => one + sum(rows.map((values) => values[i] * values[j]))),
      )
      const [[a, b], [c, d]] = precision
      const determinant = a * d - b * c
      const { unknown, information } = informed(nothingKnown, rows)
      assert.ok(Math.abs(information - Math.log(determinant) / 2) < 1e-6, `${information}`)
      const inverse = [
        [d / determinant, -b / determinant],
        [-c / determinant, a / determinant],
      ]
      inverse.flat().forEach((value, i) => {
        assert.ok(Math.abs(unknown.flat()[i] - value) < 1e-6)
      })
    }),
  )
})
