import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ServingPlan } from '../plan/serving-plan.js'
import type { RunningLaunch } from '../schedule/serving/shared-device.js'
import type { Demand } from '../workload/demand.js'
import type { Colocation } from './colocation.js'
import { nthDispatchUs } from './dispatch.js'
import { favourLevels, PlanService } from './plan-service.js'

const launches = fc.array(
  fc.record({
    level: fc.integer({ min: 0, max: 5 }),
    speed: fc.double({ min: 0.1, max: 1, noNaN: true }),
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

/** Classes of launches: two batch sizes of the first model, one of the second. */
const CLASSES = [
  { model: 0, batch: 1, aloneUs: 100 },
  { model: 0, batch: 4, aloneUs: 300 },
  { model: 1, batch: 8, aloneUs: 900 },
]

/** Two instances of the first model and one of the second, where every launch beside it slows one down. */
function serviceWith(priority: 'none' | 'deadline') {
  let asked = 0
  const colocation = {
    classes: CLASSES,
    speed: (one: number, counts: ArrayLike<number>) => {
      asked++
      const slowed = Array.from(counts).reduce((sum, count, c) => sum + count * (c + one), 0)
      return 1 / (1 + slowed / 10)
    },
  } as unknown as Colocation
  const models = [{ instances: 2 }, { instances: 1 }]
  const plan = { priority, models } as unknown as ServingPlan
  const profiles = CLASSES.map(({ batch }) => ({ batch, dispatchUs: 10 * batch }))
  const demand = { models: models.map(() => ({ profiles })) } as unknown as Demand
  return { service: new PlanService(demand, plan, colocation), times: () => asked }
}

const speedsOf = (service: PlanService, running: readonly RunningLaunch[]): number[] => {
  const speeds = new Float64Array(running.length + 1).fill(7)
  service.speeds(running, speeds)
  assert.equal(speeds[running.length], 7, 'one speed for each launch')
  return [...speeds.subarray(0, -1)]
}

test('a launch has the time and the dispatch of its batch of its instance’s model', () => {
  const { service } = serviceWith('none')
  assert.deepEqual(
    [service.workUs(0, 1), service.workUs(1, 4), service.workUs(2, 8)],
    [100, 300, 900],
  )
  for (const nth of [0, 1, 2]) {
    const expected = [10, 40, 80].map((us) => nthDispatchUs(us, nth))
    const found = [service.dispatchUs(0, 1, nth), service.dispatchUs(1, 4, nth)]
    assert.deepEqual([...found, service.dispatchUs(2, 8, nth)], expected)
  }
})

test('launches are as fast as their colocation is, levels taken into account where a plan has them', () => {
  const launch = fc.record({ one: fc.nat(2), level: fc.nat(3) })
  const { service: plain, times } = serviceWith('none')
  const { service: levelled } = serviceWith('deadline')
  fc.assert(
    fc.property(fc.array(launch, { maxLength: 6 }), (all) => {
      const running = all.map(({ one, level }) => ({
        ...CLASSES[one],
        level,
      })) as unknown as RunningLaunch[]
      const speeds = Float64Array.from(all, ({ one }) => {
        const slowed = all.reduce((sum, other) => sum + other.one + one, 0)
        return 1 / (1 + slowed / 10)
      })
      assert.deepEqual(speedsOf(plain, running), [...speeds])
      const before = times()
      assert.deepEqual(speedsOf(plain, running.toReversed()), [...speeds].reverse())
      assert.equal(times(), before, 'what is known is not asked for again')
      favourLevels(running, speeds)
      assert.deepEqual(speedsOf(levelled, running), [...speeds])
    }),
  )
})
