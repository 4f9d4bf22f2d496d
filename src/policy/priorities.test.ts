import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { totalCus } from '../device/device.js'
import type { PriorityClass, Scenario } from '../workload/scenario.js'
import { MEASURED_CUTS, type PriorityRule, priorityLevels, quartileCuts } from './priorities.js'
import { randomScenario } from './random-scenario.test.fixture.js'

interface Asked {
  readonly us: readonly number[]
  readonly priorityClass?: PriorityClass
}

/** Workers whose kernels take these times on the whole device, which has this many priority levels. */
function scenarioOf(workers: readonly Asked[], levels = 6): Scenario {
  const device = { ...h200, priorityLevels: levels }
  return randomScenario(device, workers.length, 1, (worker, w) => {
    const { us, priorityClass = 'normal' } = workers[w]
    const [kernel] = worker.profile.kernels
    const kernels = us.map((one) => ({ ...kernel, durationUs: { [totalCus(device)]: one } }))
    return { ...worker, priorityClass, profile: { ...worker.profile, kernels } }
  })
}

function levelsOf(workers: readonly Asked[], rule: PriorityRule, favoured?: boolean[], levels = 6) {
  return priorityLevels(scenarioOf(workers, levels), rule, favoured).map((one) => [...one])
}

test('a kernel rises one level for each cut that it stays below', () => {
  assert.deepEqual(levelsOf([{ us: [3.9, 4, 7, 8, 15, 16, 99] }], MEASURED_CUTS), [
    [3, 2, 2, 1, 1, 0, 0],
  ])
  assert.deepEqual(levelsOf([{ us: [3, 5] }], { kind: 'none' }), [[0, 0]])
})

test('quartile cuts are those of the kernels of all workers', () => {
  const scenario = scenarioOf([{ us: [5, 1] }, { us: [2, 9, 4] }])
  assert.deepEqual(quartileCuts(scenario), { kind: 'cuts', cutsUs: [2, 4, 5] })
})

test('by worker: workers with shorter kernels on average go first, equal ones together', () => {
  const workers = [{ us: [10, 30] }, { us: [4] }, { us: [1, 39] }, { us: [5] }]
  assert.deepEqual(levelsOf(workers, { kind: 'workers' }), [[0, 0], [2], [0, 0], [1]])
  const many = [{ us: [6, 6, 6] }, { us: [9] }]
  assert.deepEqual(levelsOf(many, { kind: 'workers' }), [[1, 1, 1], [0]])
})

test('each class has a band of levels, and favoured workers are above the others of their class', () => {
  const workers: Asked[] = [
    { us: [1], priorityClass: 'normal' },
    { us: [99], priorityClass: 'high' },
    { us: [99], priorityClass: 'normal' },
  ]
  assert.deepEqual(levelsOf(workers, MEASURED_CUTS), [[2], [3], [0]])
  // Three bands of two levels, into which the four levels of the rule are fitted.
  assert.deepEqual(levelsOf(workers, MEASURED_CUTS, [false, false, true]), [[1], [4], [2]])
})

test('levels are always on the device, and ranks do not mix if there are enough levels', () => {
  const worker = fc.record({
    us: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
    priorityClass: fc.constantFrom<PriorityClass>('low', 'normal', 'high'),
    favoured: fc.boolean(),
  })
  const rules: PriorityRule[] = [{ kind: 'none' }, MEASURED_CUTS, { kind: 'workers' }]
  fc.assert(
    fc.property(
      fc.array(worker, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...rules),
      fc.integer({ min: 1, max: 8 }),
      (workers, rule, available) => {
        const rank = ({ priorityClass, favoured }: (typeof workers)[number]): number =>
          ['low', 'normal', 'high'].indexOf(priorityClass) * 2 + Number(favoured)
        const ranks = workers.map(rank)
        const favoured = workers.map((one) => one.favoured)
        const levels = levelsOf(workers, rule, favoured, available)
        const isRoom = available >= new Set(ranks).size
        workers.forEach(({ us }, w) => {
          for (const [k, level] of levels[w].entries()) {
            assert.ok(level >= 0 && level < available)
            us.forEach((other, j) => {
              if (us[k] < other) assert.ok(level >= levels[w][j], 'shorter is no lower')
            })
            levels.forEach((others, v) => {
              if (ranks[w] > ranks[v] && isRoom) assert.ok(level > Math.max(...others))
              else if (ranks[w] > ranks[v]) assert.ok(level >= Math.max(...others))
            })
          }
        })
      },
    ),
  )
})
