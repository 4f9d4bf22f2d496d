import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { mi50 } from '../../device/catalog/mi50.js'
import { type Device, poolUnits } from '../../device/device.js'
import { createRandom } from '../../random.js'
import { MEASURED_CUTS } from '../priorities.js'
import { randomScenario } from '../random-scenario.test.fixture.js'
import type { Candidate, Window, WorkerWindows } from './candidate.js'
import { neighbour } from './moves.js'
import { priorityRules } from './starts.js'

const UNITS = poolUnits(h200).length
/** Of the H200's 16 granules; 3 of 16 is the longest step anywhere. */
const LONGEST_STEP = 3
const DRAWS = 4000

/** Every neighbour of a candidate of one worker that a single change leads to, each once. */
function neighbours(worker: WorkerWindows, device: Device = h200, priorities = MEASURED_CUTS) {
  const scenario = randomScenario(device, 1, 5)
  const random = { ...createRandom(1), exponential: () => 0 }
  const found = new Map<string, Candidate>()
  for (let draw = 0; draw < DRAWS; draw++) {
    const one = neighbour(scenario, { workers: [worker], priorities }, random)
    found.set(JSON.stringify(one), one)
  }
  return [...found.values()]
}

const textOf = ({ base, size }: Window): string => `${size} from ${base}`
const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort()
const upTo = (most: number): number[] => Array.from({ length: most }, (_, i) => i + 1)

for (const first of [
  { base: 5, size: 6 },
  { base: UNITS - 2, size: 4 },
  { base: 1, size: 2 },
  { base: 0, size: UNITS - 1 },
]) {
  test(`a window of ${textOf(first)} is shifted, or one of its ends moves, by up to 3 units`, () => {
    const { base, size } = first
    const wrapped = (unit: number): number => (unit + UNITS) % UNITS
    const expected = [-1, 1].flatMap((sign) =>
      upTo(LONGEST_STEP).flatMap((length) => {
        const next = Math.min(UNITS, Math.max(1, size + sign * length))
        return [
          { base: wrapped(base + sign * length), size },
          { base, size: next },
          { base: wrapped(base + size - next), size: next },
        ]
      }),
    )
    const found = neighbours({ first }).map(({ workers }) => workers[0].first)
    assert.deepEqual(distinct(found.map(textOf)), distinct([...expected, first].map(textOf)))
  })
}

test('a second window starts where the first does, has a size within half the device of its and one of the rents, and goes again', () => {
  const first = { base: 5, size: 6 }
  const seconds = neighbours({ first }).flatMap(({ workers: [{ second }] }) => second ?? [])
  assert.ok(seconds.every(({ base }) => base === first.base))
  assert.deepEqual(
    distinct(seconds.map(({ size }) => `${size}`)),
    distinct(upTo(first.size + UNITS / 2 - 1).map(String)),
  )
  assert.deepEqual(distinct(seconds.map(({ rentUs }) => `${rentUs}`)), [
    '0',
    '0.01',
    '0.03',
    '0.1',
    '0.3',
  ])
  const second = { base: 5, size: 9, rentUs: 0.1 }
  const without = neighbours({ first, second }).filter(({ workers }) => !workers[0].second)
  assert.deepEqual(
    without.map(({ workers }) => workers[0].first),
    [first],
  )
})

test('a worker is favoured or no longer, and the priorities are any rule or longer or shorter cuts', () => {
  const first = { base: 5, size: 6 }
  const favours = (favoured?: true) =>
    neighbours({ first, favoured }).map(({ workers: [worker] }) => `${worker.favoured}`)
  assert.deepEqual(distinct(favours()), ['true', 'undefined'])
  assert.deepEqual(distinct(favours(true)), ['true', 'undefined'])
  const rules = neighbours({ first }).map(({ priorities }) => JSON.stringify(priorities))
  const cuts = MEASURED_CUTS.kind === 'cuts' ? MEASURED_CUTS.cutsUs : []
  const scaled = [0.7, 1.4].map((factor) => ({
    kind: 'cuts',
    cutsUs: cuts.map((us) => us * factor),
  }))
  const expected = [...priorityRules(randomScenario(h200, 1, 5)), ...scaled]
  assert.deepEqual(distinct(rules), distinct(expected.map((rule) => JSON.stringify(rule))))
})

test('a device has priorities to move as soon as it has two levels', () => {
  const first = { base: 0, size: 2 }
  const rulesOf = (levels: number): number => {
    const device = { ...mi50, priorityLevels: levels }
    const found = neighbours({ first }, device, { kind: 'none' })
    const ranks = found.map(({ priorities, workers: [{ favoured }] }) => [priorities, favoured])
    return distinct(ranks.map((rank) => JSON.stringify(rank))).length
  }
  assert.deepEqual([1, 2].map(rulesOf), [1, 5])
})

test('a neighbour may change several workers', () => {
  const worker = { first: { base: 5, size: 6 } }
  const from: Candidate = { workers: [worker, worker, worker], priorities: { kind: 'none' } }
  const random = createRandom(1)
  const changes = Array.from({ length: 2000 }, () => {
    const { workers } = neighbour(randomScenario(h200, 3, 5), from, random)
    return workers.filter((one) => one !== worker && one.favoured === undefined).length
  })
  assert.deepEqual(distinct(changes.map(String)), ['0', '1', '2', '3'])
})

test('moves are as frequent as they are said to be', () => {
  const first = { base: 5, size: 6 }
  const second = { base: 5, size: 9, rentUs: 1 }
  const from: Candidate = {
    workers: [{ first, second }],
    priorities: { kind: 'cuts', cutsUs: [1] },
  }
  const random = { ...createRandom(1), exponential: () => 0 }
  const kindOf = ({ workers: [worker], priorities }: Candidate): string => {
    if (priorities !== from.priorities) return 'rule'
    if (worker.favoured) return 'favourite'
    if (worker.first.size !== first.size) return 'edge'
    if (worker.first !== first) return 'shift'
    return worker.second ? 'second' : 'drop'
  }
  const counts: Record<string, number> = {}
  for (let draw = 0; draw < DRAWS; draw++) {
    const kind = kindOf(neighbour(randomScenario(h200, 1, 5), from, random))
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  const expected = {
    rule: 0.15,
    favourite: 0.1,
    edge: 0.375,
    shift: 0.1875,
    drop: 0.09,
    second: 0.0975,
  }
  for (const [kind, share] of Object.entries(expected)) {
    assert.ok(Math.abs(counts[kind] / DRAWS - share) < 0.02, `${kind}: ${counts[kind]} of ${DRAWS}`)
  }
})
