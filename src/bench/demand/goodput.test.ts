import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Attained, findGoodput, loadAt, type MeasuredLoad } from './goodput.js'

/** What one model attains with this many requests. */
const one = (attainment: number, requests = 100): Attained[] => [{ attainment, requests }]
const at = (load: number, attainment: number, requests = 100): MeasuredLoad => ({
  load,
  models: one(attainment, requests),
})

test('the goodput of a known curve is found, whatever the first guess', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      fc.double({ min: 0.4, max: 2.5, noNaN: true }),
      async (capacity, factor) => {
        const measure = async (load: number) => one(1.01 - 0.01 * (load / capacity))
        const goodput = await findGoodput(measure, capacity * factor)
        assert.ok(Math.abs(goodput / capacity - 1) < 0.02, `${goodput} for ${capacity}`)
      },
    ),
  )
})

test('the search for a second goodput goes between the points of the first, and beyond them if necessary', async () => {
  const curve = (load: number): number => 1.02 - 0.03 * load
  for (const [wanted, above] of [
    [0.95, 1],
    [0.9, 3],
  ]) {
    const known = [1, 0.5, 3].map((load) => at(load, curve(load) / wanted))
    const asked: number[] = []
    const measure = async (load: number) => {
      asked.push(load)
      return one(curve(load) / wanted)
    }
    const goodput = await findGoodput(measure, 0.1, 4, known)
    assert.ok(Math.abs(curve(goodput) - wanted) < 0.002, `${goodput}`)
    assert.ok(asked.length > 0 && asked.every((load) => load > above), `${asked}`)
  }
})

test('a load between two measured ones is interpolated, and nothing is assumed outside them', () => {
  const points = (wanted: number) => [at(2, 0.75 / wanted), at(1, 1 / wanted)]
  assert.ok(Math.abs(loadAt(points(0.875)) - 1.5) < 1e-12)
  assert.equal(loadAt(points(0.5)), 2)
  assert.equal(loadAt([at(1, 0.5)]), 0)
  assert.equal(loadAt([]), 0)
})

test('the first model that misses its target decides', () => {
  const both = (load: number, ...attainments: number[]) => ({
    load,
    models: attainments.map((attainment) => ({ attainment, requests: 100 })),
  })
  assert.equal(loadAt([both(1, 1.05, 1.05), both(2, 1.05, 0.95), both(3, 0.95, 0.9)]), 1.5)
  assert.equal(loadAt([both(1, 1.05, 0.9), both(2, 1.05, 0.8)]), 0)
})

test('noise that makes a higher load look better does not end the search of the curve early', () => {
  const points = [at(1, 1.02), at(1.2, 0.995), at(1.3, 1.006), at(1.5, 0.97)]
  const found = loadAt(points)
  assert.ok(found > 1.3 && found < 1.4, `${found}`)
})

test('one miss of few requests does not outweigh many at a higher load', () => {
  const points = [at(0.2, 81 / 82 / 0.99, 82), at(0.4, 299 / 300 / 0.99, 300), at(0.5, 0.9, 375)]
  const found = loadAt(points)
  assert.ok(found > 0.4 && found < 0.42, `${found}`)
  const asFew = points.map(({ load, models: [{ attainment }] }) => at(load, attainment))
  assert.ok(loadAt(asFew) < found)
})

test('a model that received no request at a load has no say there', () => {
  assert.equal(loadAt([at(1, 0, 0), at(2, 1.01), at(3, 1.01)]), 3)
  assert.equal(loadAt([at(1, 0, 0)]), 1)
})

test('a disturbed window does not keep the search away from loads that can be carried', async () => {
  const known = [at(0.5, 1.05), at(0.55, 0.98), at(0.7, 1.04), at(0.75, 1.04)]
  const measure = async (load: number) => one(load < 0.9 ? 1.03 : 0.95)
  const goodput = await findGoodput(measure, 0.75, 5, known)
  assert.ok(goodput > 0.8 && goodput < 0.95, `${goodput}`)
})
