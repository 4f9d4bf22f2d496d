import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { favourLevels } from './plan-service.js'

const launches = fc.array(
  fc.record({
    level: fc.integer({ min: 0, max: 5 }),
    speed: fc.double({ min: 0.1, max: 0.5, noNaN: true }),
  }),
  { minLength: 1, maxLength: 4 },
)

function favoured(all: readonly { level: number; speed: number }[]): Float64Array {
  const speeds = Float64Array.from(all, ({ speed }) => speed)
  favourLevels(all, speeds)
  return speeds
}

function total(speeds: Iterable<number>): number {
  return [...speeds].reduce((sum, speed) => sum + speed, 0)
}

test('levels redistribute speed: the sum of speeds stays, and launches at a single level keep theirs', () => {
  fc.assert(
    fc.property(launches, (all) => {
      const speeds = favoured(all)
      assert.ok(speeds.every((speed) => speed > 0 && speed <= 1))
      const before = total(all.map(({ speed }) => speed))
      assert.ok(total(speeds) <= before + 1e-9)
      if (speeds.every((speed) => speed < 1)) assert.ok(Math.abs(total(speeds) - before) < 1e-9)
      const even = favoured(all.map(({ speed }) => ({ speed, level: 3 })))
      even.forEach((speed, i) => {
        assert.ok(Math.abs(speed - all[i].speed) < 1e-12)
      })
    }),
  )
})

test('of launches that are equally slow, a higher level is faster and the lowest slower than without levels', () => {
  const [low, middle, high] = favoured([0, 1, 2].map((level) => ({ level, speed: 0.4 })))
  assert.ok(low < 0.4 && low < middle && middle < high && high > 0.4, `${low} ${middle} ${high}`)
})

test('a launch alone, or beside others that do not slow it down, is as fast at any level', () => {
  assert.deepEqual([...favoured([{ level: 2, speed: 0.7 }])], [0.7])
  const both = favoured([0, 4].map((level) => ({ level, speed: 1 })))
  assert.deepEqual([...both], [1, 1])
})
