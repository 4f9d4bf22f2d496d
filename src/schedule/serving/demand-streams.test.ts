import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../random.js'
import type { ArrivalProcess, Demand, DemandModel } from '../../workload/demand.js'
import { arrivalRandom, arrivalTimes, demandStreams, gapsOf } from './demand-streams.js'

function modelOf(arrivals: ArrivalProcess, ratePerSecond: number): DemandModel {
  return {
    name: 'm',
    model: 'm',
    profiles: [],
    ratePerSecond,
    arrivals,
    samples: 1,
    targetUs: 1000,
    soloUs: 100,
    quantile: 0.99,
    priorityClass: 'normal',
    mostInstances: 1,
  }
}

const TRACE: ArrivalProcess = { kind: 'trace', timesS: [5, 6, 8, 11, 15], file: 'trace' }

test('a trace is replayed in order, from a place that the seed draws among all of them', () => {
  const starts = new Set<number>()
  for (let seed = 0; seed < 40; seed++) {
    const gaps = gapsOf(TRACE, createRandom(seed))
    const drawn = Array.from({ length: 8 }, () => gaps.next() * 2.5)
    const start = Math.round(drawn[0]) - 1
    starts.add(start)
    drawn.forEach((gap, i) => {
      assert.ok(Math.abs(gap - (((start + i) % 4) + 1)) < 1e-9, `${gap} at ${i} from ${start}`)
    })
  }
  assert.deepEqual([...starts].sort(), [0, 1, 2, 3])
})

test('each gap of a trace is the first for as many random numbers as any other', () => {
  const numbers = 1200
  const times = new Map<number, number>()
  for (let i = 0; i < numbers; i++) {
    const integer = (bound: number): number => Math.floor((bound * i) / numbers)
    const first = Math.round(gapsOf(TRACE, { ...createRandom(1), integer }).next() * 2.5)
    times.set(first, (times.get(first) ?? 0) + 1)
  }
  assert.deepEqual([...times].sort(), [
    [1, 300],
    [2, 300],
    [3, 300],
    [4, 300],
  ])
})

test('what arrives at the very end is the last', () => {
  const even: ArrivalProcess = { kind: 'gamma', coefficientOfVariation: 0 }
  assert.deepEqual(arrivalTimes(modelOf(even, 1), 2, 2, createRandom(1)), [0.5, 1, 1.5, 2])
})

test('a higher load brings the same requests closer together, and none after the end', () => {
  const processes = fc.constantFrom<ArrivalProcess>(
    TRACE,
    { kind: 'poisson' },
    { kind: 'gamma', coefficientOfVariation: 2 },
  )
  const loads = fc.double({ min: 0.1, max: 10, noNaN: true })
  fc.assert(
    fc.property(processes, loads, fc.nat({ max: 1000 }), (arrivals, load, seed) => {
      const model = modelOf(arrivals, 20)
      const at = (multiple: number) =>
        arrivalTimes(model, multiple, 5 / multiple, arrivalRandom(seed, 1))
      const [alone, loaded] = [at(1), at(load)]
      assert.ok(alone.length > 0 && Math.abs(alone.length - loaded.length) <= 1)
      for (const [i, timeS] of loaded.entries()) {
        assert.ok(timeS <= 5 / load)
        if (i < alone.length) assert.ok(Math.abs(timeS * load - alone[i]) < 1e-9)
      }
    }),
  )
})

test('each model has gaps of its own under each seed, those of its arrivals on the device', () => {
  const models = [10, 20].map((ratePerSecond) => modelOf({ kind: 'poisson' }, ratePerSecond))
  const demand = { models } as unknown as Demand
  const streams = [1, 2].flatMap((seed) => demandStreams(demand, 3, seed))
  assert.deepEqual(
    streams.map(({ ratePerS }) => ratePerS),
    [30, 60, 30, 60],
  )
  const firstS = streams.map(({ gaps, ratePerS }) => gaps.next() / ratePerS)
  assert.equal(new Set(firstS.map((timeS, i) => timeS * streams[i].ratePerS)).size, 4)
  const onDevice = [1, 2].flatMap((seed) =>
    models.map((model, m) => arrivalTimes(model, 3, 10, arrivalRandom(seed, m))[0]),
  )
  assert.deepEqual(firstS, onDevice)
})
