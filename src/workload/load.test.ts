import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { isClosedLoop, isOpenLoop, offeredRate, traceEndUs, withLoad } from './load.js'
import type { Load, Scenario } from './scenario.js'

const CAMERA: Load = { kind: 'periodic', everyUs: 25_000, offsetUs: 5000, deadlineUs: 10_000 }

test('a load asks for its rate, a trace for its mean rate, a closed loop for none', () => {
  assert.equal(offeredRate({ kind: 'poisson', ratePerSecond: 20 }), 20)
  assert.equal(offeredRate({ kind: 'trace', arrivalsUs: [250_000, 500_000] }), 4)
  assert.equal(offeredRate({ kind: 'trace', arrivalsUs: [] }), 0)
  assert.equal(offeredRate(CAMERA), 40)
  assert.equal(offeredRate({ kind: 'closed' }), null)
})

test('a trace ends with its latest request, in whatever order they are, and an empty one at once', () => {
  assert.equal(traceEndUs([0.25, 0.75, 0.5]), 0.75)
  assert.equal(traceEndUs([]), 0)
  // Requests that all come at the start count as if they came within a microsecond.
  assert.equal(offeredRate({ kind: 'trace', arrivalsUs: [0, 0, 0] }), 3e6)
})

test('workers are all in closed loops, all under open loads, or some of each', () => {
  const closed: Load = { kind: 'closed' }
  const kindOf = (...loads: Load[]): boolean[] => {
    const scenario = { workers: loads.map((load) => ({ load })) } as unknown as Scenario
    return [isClosedLoop(scenario), isOpenLoop(scenario)]
  }
  assert.deepEqual(kindOf(closed, closed), [true, false])
  assert.deepEqual(kindOf(CAMERA, closed), [false, false])
  assert.deepEqual(kindOf(CAMERA, CAMERA), [false, true])
})

test('a factor brings requests closer together and leaves closed loops alone', () => {
  const loads: Load[] = [
    { kind: 'poisson', ratePerSecond: 20 },
    { kind: 'trace', arrivalsUs: [100, 400] },
    { kind: 'closed' },
    CAMERA,
  ]
  const scenario = randomScenario(h200, 4, 4, (worker, w) => ({ ...worker, load: loads[w] }))
  assert.deepEqual(
    withLoad(scenario, 2).workers.map(({ load }) => load),
    [
      { kind: 'poisson', ratePerSecond: 40 },
      { kind: 'trace', arrivalsUs: [50, 200] },
      loads[2],
      { kind: 'periodic', everyUs: 12_500, offsetUs: 2500, deadlineUs: 10_000 },
    ],
  )
  assert.equal(withLoad(scenario, 1), scenario)
  assert.equal(isClosedLoop(scenario), false)
  assert.equal(isClosedLoop(randomScenario(h200, 2, 4)), true)
})
