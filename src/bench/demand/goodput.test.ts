import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findGoodput, loadAt } from './goodput.js'

test('the goodput of a known curve is found from any guess', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      fc.double({ min: 0.4, max: 2.5, noNaN: true }),
      async (capacity, factor) => {
        const measure = async (load: number): Promise<number> => 1.01 - 0.01 * (load / capacity)
        const { goodput } = await findGoodput(measure, capacity * factor, 1)
        assert.ok(Math.abs(goodput / capacity - 1) < 0.02, `${goodput} for ${capacity}`)
      },
    ),
  )
})

test('a second goodput is searched for between the points of the first, and beyond them if need be', async () => {
  const curve = (load: number): number => 1.02 - 0.03 * load
  for (const [wanted, above] of [
    [0.95, 1],
    [0.9, 3],
  ]) {
    const known = [1, 0.5, 3].map((load) => ({ load, attainment: curve(load) }))
    const asked: number[] = []
    const measure = async (load: number): Promise<number> => {
      asked.push(load)
      return curve(load)
    }
    const { goodput } = await findGoodput(measure, 0.1, wanted, 4, known)
    assert.ok(Math.abs(curve(goodput) - wanted) < 0.002, `${goodput}`)
    assert.ok(asked.length > 0 && asked.every((load) => load > above), `${asked}`)
  }
})

test('a load between two measured ones is interpolated; outside them nothing is made up', () => {
  const points = [
    { load: 2, attainment: 0.75 },
    { load: 1, attainment: 1 },
  ]
  assert.equal(loadAt(points, 0.875), 1.5)
  assert.equal(loadAt(points, 0.5), 2)
  assert.equal(loadAt([{ load: 1, attainment: 0.5 }], 0.95), 0)
  assert.equal(loadAt([], 0.95), 0)
})

test('noise that makes a higher load look better does not end the search of the curve early', () => {
  const points = [
    { load: 1, attainment: 1 },
    { load: 1.2, attainment: 0.985 },
    { load: 1.3, attainment: 0.995 },
    { load: 1.5, attainment: 0.96 },
  ]
  const found = loadAt(points, 0.989)
  assert.ok(found > 1.2 && found < 1.4, `${found}`)
})

test('a disturbed window does not keep the search from loads that hold', async () => {
  const known = [
    { load: 0.5, attainment: 1 },
    { load: 0.55, attainment: 0.93 },
    { load: 0.7, attainment: 0.99 },
    { load: 0.75, attainment: 0.99 },
  ]
  const measure = async (load: number): Promise<number> => (load < 0.9 ? 0.98 : 0.9)
  const { goodput } = await findGoodput(measure, 0.75, 0.95, 5, known)
  assert.ok(goodput > 0.8 && goodput < 0.95, `${goodput}`)
})
