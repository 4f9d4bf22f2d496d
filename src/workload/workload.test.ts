import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Profile } from '../profile/profile.js'
import { demandSchema } from './demand.js'
import { withDistinctNames } from './names.js'
import { closedLoopWorker, hasTargets, type ScenarioWorker } from './scenario.js'
import { workloadSchema } from './workload.js'

/** The place where a file is wrong; undefined if it is right. */
const wrongAt = (schema: typeof workloadSchema | typeof demandSchema, file: object) =>
  schema.safeParse(file).error?.issues[0].path.join('.')

const worker = { model: 'vgg19' }
const workload = (...workers: object[]) => ({ format: 'eclip.workload/1', device: 'h200', workers })

test('a workload has defaults for what it leaves out', () => {
  const { workers } = workloadSchema.parse(workload(worker))
  const defaults = { replicas: 1, load: 'closed', priorityClass: 'normal', minimumShare: 0 }
  assert.deepEqual(workers, [{ ...worker, ...defaults }])
  const periodic = { everyMs: 33 }
  const { load } = workloadSchema.parse(workload({ ...worker, load: { periodic } })).workers[0]
  assert.deepEqual(load, { periodic: { everyMs: 33, offsetMs: 0 } })
  for (const [offsetMs, isSound] of [
    [1e6, true],
    [1e6 + 1, false],
    [-1, false],
  ] as const) {
    const late = workload({ ...worker, load: { periodic: { everyMs: 33, offsetMs } } })
    assert.equal(workloadSchema.safeParse(late).success, isSound, `${offsetMs}`)
  }
})

test('a worker has a model or a profile, a share from 0 to 1, and company up to sixteen', () => {
  const cases: readonly [object, string | undefined][] = [
    [workload(worker, { profile: 'a.json' }), undefined],
    [workload({}), 'workers.0'],
    [workload({ ...worker, profile: 'a.json' }), 'workers.0'],
    [workload({ ...worker, minimumShare: 0 }, { ...worker, minimumShare: 1 }), undefined],
    [workload({ ...worker, minimumShare: -0.01 }), 'workers.0.minimumShare'],
    [workload({ ...worker, minimumShare: 1.01 }), 'workers.0.minimumShare'],
    [workload({ ...worker, replicas: 0 }), 'workers.0.replicas'],
    [workload(), 'workers'],
    [workload(...new Array(16).fill(worker)), undefined],
    [workload(...new Array(17).fill(worker)), 'workers'],
  ]
  for (const [file, place] of cases) assert.equal(wrongAt(workloadSchema, file), place)
})

test('a demand has defaults for what it leaves out, and its limits hold', () => {
  const model = { model: 'vgg19', ratePerSecond: 50, target: { timesSolo: 5 } }
  const demand = (...models: object[]) => ({ format: 'eclip.demand/1', device: 'h200', models })
  const [parsed] = demandSchema.parse(demand(model)).models
  assert.deepEqual(parsed, {
    ...model,
    ...{ arrivals: 'poisson', samples: 1, quantile: 0.99 },
    ...{ priorityClass: 'normal', mostInstances: 3, largestBatch: 32 },
  })
  const target = (timesSolo: number) => demand({ ...model, target: { timesSolo } })
  const gamma = (variation: number) => demand({ ...model, arrivals: { gamma: variation } })
  for (const file of [target(0.01), target(1000), gamma(20), gamma(0.1)]) {
    assert.equal(wrongAt(demandSchema, file), undefined)
  }
  for (const file of [target(0.009), target(1001), gamma(20.1), gamma(0), demand()]) {
    assert.match(wrongAt(demandSchema, file) ?? 'sound', /^models/)
  }
})

test('the second and later workers with a name are numbered', () => {
  const names = ['a/1', 'b/1', 'a/1', 'a/1', 'b/1'].map((name) => ({ name }))
  assert.deepEqual(
    withDistinctNames(names).map(({ name }) => name),
    ['a/1', 'b/1', 'a/1#2', 'a/1#3', 'b/1#2'],
  )
})

test('a scenario has targets if any worker is asked for a p95 or a share', () => {
  const workers = (...asked: object[]) => ({
    workers: asked.map((one) => ({ minimumShare: 0, ...one })) as unknown as ScenarioWorker[],
  })
  assert.ok(!hasTargets(workers({}, {})))
  assert.ok(hasTargets(workers({}, { p95TargetMs: 5 })))
  assert.ok(hasTargets(workers({ minimumShare: 0.1 }, {})))
  assert.ok(!hasTargets({ workers: [closedLoopWorker('m/1', {} as Profile)] }))
})
