import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadScenario } from '../../io/scenario.js'
import { simulate } from '../simulate.js'
import { streamsPlan } from '../streams-plan.test.fixture.js'
import { FIRST_ARRIVALS_US } from './worker-scheduler.js'

test('equal workers in closed loops begin at different times, which the seed decides', () => {
  const scenario = loadScenario('alexnet/8+alexnet/8+alexnet/8')
  const firstUs = (seed: number): number[] => {
    const times: number[] = []
    const onArrival = (worker: number, timeUs: number): void => {
      times[worker] ??= timeUs
    }
    const window = { warmupUs: 0, durationUs: 2 * FIRST_ARRIVALS_US }
    simulate(scenario, streamsPlan(scenario), { ...window, seed, onArrival })
    return times
  }
  const times = firstUs(1)
  assert.equal(new Set(times).size, 3)
  assert.ok(times.every((us) => us >= 0 && us < FIRST_ARRIVALS_US))
  assert.notDeepEqual(firstUs(2), times)
})
