import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../random.js'
import { fallsShort, Shortfall } from './shortfall.js'

const MODELS = [{ name: 'm', quantile: 0.95 }]
const QUANTILES = fc.constantFrom(0.9, 0.95, 0.99, 0.999)

test('a model falls short if clearly fewer requests are in time, and not by chance', () => {
  for (const [quantile, ended, inTime, isShort] of [
    [0.95, 0, 0, false],
    [0.95, 1000, 950, false],
    [0.95, 10_000, 9_310, false],
    [0.95, 10_000, 9_290, true],
    // Two misses of three can be chance, but not of thirty.
    [0.95, 3, 1, false],
    [0.95, 30, 10, true],
    [0.95, 5, 0, true],
    [0.95, 4, 0, false],
    [0.99, 1000, 825, true],
    [0.99, 100, 100, false],
  ] as const) {
    assert.equal(fallsShort({ quantile, ended, inTime }), isShort, `${inTime} of ${ended}`)
  }
})

test('half of thirty requests or more missed is always a shortfall', () => {
  fc.assert(
    fc.property(QUANTILES, fc.integer({ min: 30, max: 1e6 }), (quantile, ended) =>
      fallsShort({ quantile, ended, inTime: Math.floor(ended / 2) }),
    ),
  )
})

test('a model that meets its target is never said to fall short by chance', () => {
  fc.assert(
    fc.property(QUANTILES, fc.integer({ min: 1, max: 500 }), fc.integer(), (quantile, n, seed) => {
      const { uniform } = createRandom(seed)
      const inTime = Array.from({ length: n }, uniform).filter((at) => at < quantile).length
      return !fallsShort({ quantile, ended: n, inTime })
    }),
    { seed: 1, numRuns: 2000 },
  )
})

/** One model with a hundred requests a second. */
function watch() {
  const shortfall = new Shortfall()
  let ended = 0
  let inTime = 0
  const look = (share: number, times = 1) =>
    Array.from({ length: times }, () => {
      ended += 100
      inTime += 100 * share
      const short = shortfall.look(MODELS, new Map([['m', { ended, inTime }]]))
      return { short, isDue: shortfall.isDue }
    })
  const untilDue = (share: number) => {
    for (let looks = 1; looks <= 2000; looks++) if (look(share)[0].isDue) return looks
    return Number.POSITIVE_INFINITY
  }
  return { shortfall, look, untilDue }
}

test('a shortfall is due once ten looks in a row agree, over the requests of the last ten seconds', () => {
  const { look } = watch()
  look(1, 30)
  const looks = look(0.5, 12)
  // The third second of misses brings the share of the window below 93%.
  assert.deepEqual(
    looks.map(({ isDue }) => isDue),
    [...Array(10).fill(false), true, true],
  )
  assert.deepEqual(looks[11].short, [{ name: 'm', quantile: 0.95, ended: 1000, inTime: 500 }])
  // After ten good seconds nothing of it is left, and a new shortfall has to last again.
  assert.deepEqual(look(1, 10)[9], { short: [], isDue: false })
  assert.equal(look(0.5, 10)[9].isDue, false)
})

test('after each attempt it waits twice as long, up to sixteen minutes, unless it is reset', () => {
  const { shortfall, untilDue } = watch()
  const waits = Array.from({ length: 7 }, () => {
    const looks = untilDue(0.5)
    shortfall.tried()
    return looks
  })
  // The first look after an attempt has nothing to compare with.
  assert.deepEqual(waits, [11, 60, 120, 240, 480, 960, 960])
  shortfall.reset()
  assert.equal(untilDue(0.5), 11)
  shortfall.tried()
  assert.equal(untilDue(0.5), 60)
})

test('what was seen before the load or the plan changed does not count', () => {
  const { shortfall, look, untilDue } = watch()
  assert.ok(look(0.5, 20)[19].isDue)
  shortfall.reset()
  assert.ok(!shortfall.isDue)
  assert.deepEqual(look(0.5)[0].short, [])
  assert.equal(untilDue(0.5), 10)
})

test('a model without requests, or one counted only recently, does not fall short', () => {
  const shortfall = new Shortfall()
  assert.deepEqual(shortfall.look(MODELS, new Map()), [])
  const counts = new Map([['m', { ended: 50, inTime: 10 }]])
  assert.deepEqual(shortfall.look(MODELS, counts), [
    { name: 'm', quantile: 0.95, ended: 50, inTime: 10 },
  ])
})
