import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as index from './index.js'
import * as eclip from './library.js'

const scenario = eclip.loadScenario('alexnet/8')
const kernels = scenario.workers[0].profile.kernels.length
const groups = [{ kernels, partition: 0, priority: 0 }]
const plan = eclip.buildPlan(scenario, {
  mechanism: 'pooled',
  pool: [{ granules: eclip.windowOf(0, 1, scenario.device.granules.length), owner: null }],
  groups: [groups],
  evidence: { policy: 'test', parameters: {} },
})
const WINDOW = { warmupUs: 0, durationUs: 1000 }

/** Functions that take names, files or workloads, each called with one argument that may be wrong. */
const calls: Readonly<Record<string, (wrong: never) => unknown>> = {
  'loadScenario, a workload': (wrong) => eclip.loadScenario(wrong),
  'loadDevice, a device': (wrong) => eclip.loadDevice(wrong),
  'loadProfile, a device': (wrong) => eclip.loadProfile(wrong, 'vgg19', 8),
  'loadProfile, a model': (wrong) => eclip.loadProfile('h200', wrong, 8),
  'loadProfile, a batch': (wrong) => eclip.loadProfile('h200', 'vgg19', wrong),
  'loadShippedProfile, a model': (wrong) => eclip.loadShippedProfile('h200', wrong, 8),
  'loadPoints, files': (wrong) => eclip.loadPoints(wrong),
  'loadPoints, one of them': (wrong) => eclip.loadPoints([wrong]),
  'policyNamed, a name': (wrong) => eclip.policyNamed(wrong),
  'schedulerNamed, a name': (wrong) => eclip.schedulerNamed(wrong),
  'gpuNamed, a name': (wrong) => eclip.gpuNamed(wrong),
  'planWorkload, a workload': (wrong) => eclip.planWorkload(wrong),
}
/** Functions for which the argument is optional. */
const optional: typeof calls = {
  'loadScenario, a device': (wrong) => eclip.loadScenario('vgg19/8', wrong),
  'planWorkload, a policy': (wrong) => eclip.planWorkload('vgg19/8', { policy: wrong }),
}
const WRONG = [7, {}, []]

for (const [name, call] of Object.entries({ ...calls, ...optional })) {
  test(`an argument that is not a name is refused in one line: ${name}`, async () => {
    for (const wrong of name in optional ? WRONG : [undefined, null, ...WRONG]) {
      await assert.rejects(async () => call(wrong as never), {
        name: 'InputError',
        message: /^[^\n]+: expected [^\n]+, found [^\n]*$/,
      })
    }
  })
}

/** The library as its types declare it. */
const unguarded: Readonly<Record<string, unknown>> = { ...index }

/** What nobody means to give: nothing at all, null, and values of kinds that hardly any function takes. */
const MISTAKES = [[], [null], [{}], ['x'], [7]]
/** Functions that take what is a mistake elsewhere: errors any message, a text may name a device, a number a seed. */
const TAKEN: Readonly<Record<string, readonly unknown[]>> = {
  PoolBuilder: MISTAKES,
  WorkError: MISTAKES,
  shippedProfiles: [MISTAKES[3]],
  createRandom: [MISTAKES[4]],
}

for (const [name, value] of Object.entries(eclip)) {
  if (typeof value !== 'function') continue
  test(`called by mistake, it says in a line what it takes: ${name}`, async () => {
    const taken = TAKEN[name] ?? []
    for (const mistake of MISTAKES.filter((one) => !taken.includes(one))) {
      const made = value as unknown as (new (
        ...values: unknown[]
      ) => object) &
        ((...values: unknown[]) => unknown)
      const isClass = /^class\b/.test(String(unguarded[name]))
      const call = async () => (isClass ? new made(...mistake) : made(...mistake))
      await assert.rejects(call, (error: Error) => {
        assert.ok(error instanceof eclip.InputError, `${error}, for ${JSON.stringify(mistake)}`)
        assert.match(error.message, /^[^\n]+: expected [^\n]+, found [^\n]+$/)
        return true
      })
    }
  })
}

test('callers get everything that the types declare, under its name', () => {
  assert.deepEqual(Object.keys(eclip), Object.keys(unguarded))
  for (const [name, value] of Object.entries(eclip)) {
    const plain = unguarded[name]
    if (typeof plain !== 'function') assert.equal(value, plain)
    else assert.equal((value as typeof plain).name, plain.name)
  }
})

test('a wrong argument is told by the function and the parameter, and classes stay what they are', () => {
  const tell = (call: () => unknown, message: string) =>
    assert.throws(call, { name: 'InputError', message })
  const { device } = scenario
  tell(
    () => eclip.cusOf(device, undefined as never),
    'cusOf: partition: expected a list of numbers, found nothing',
  )
  tell(
    () => eclip.metricsOf(Promise.resolve() as never, [1]),
    'metricsOf: result: expected what simulate returns, found a promise (await it)',
  )
  tell(
    () => eclip.kernelUs(scenario.workers[0].profile.kernels[0], Number.NaN),
    'kernelUs: cus: expected a number, found NaN',
  )
  assert.ok(
    new eclip.InputError({ file: 'f', expected: 'a', found: 'b' }) instanceof index.InputError,
  )
  assert.ok(
    new index.InputError({ file: 'f', expected: 'a', found: 'b' }) instanceof eclip.InputError,
  )
  assert.equal(eclip.isPooled({ granules: [1], owner: null }), true)
})

test('an option that is misspelt or wrong is told with its place, whichever function it is given to', async () => {
  const open = (options: object) => eclip.openPlanning(scenario, options).close()
  const simulated = (options: object) => eclip.simulate(scenario, plan, { ...WINDOW, ...options })
  const judged = async (options: object) => {
    const evaluator = eclip.createEvaluator(scenario)
    return eclip.judge(scenario, plan, evaluator, { seed: 1, mode: 'exact', ...options })
  }
  const planned = (options: object) => eclip.planWorkload('alexnet/8', options)
  for (const [call, options, message] of [
    [
      open,
      { parameter: {} },
      'options: expected known keys only, such as "parameters", found "parameter"',
    ],
    [
      open,
      { parameters: { searchPlan: 9 } },
      'options: parameters: expected known keys only, such as "searchPlans", found "searchPlan"',
    ],
    [
      open,
      { parameters: { searchPlans: '9' } },
      'options: parameters.searchPlans: expected a number, found "9"',
    ],
    [open, { mode: 'fast' }, 'options: mode: expected "exact" or "coarse", found "fast"'],
    [open, { onSearch: 7 }, 'options: onSearch: expected a function, found 7'],
    [simulated, { mod: 'exact' }, 'options: expected known keys only, such as "mode", found "mod"'],
    [
      simulated,
      { durationUs: -1 },
      'options: durationUs: expected a number of at least 0, found -1',
    ],
    [simulated, { warmupUs: Number.NaN }, 'options: warmupUs: expected a number, found NaN'],
    [
      judged,
      { durationMs: 5 },
      'judging: expected known keys only, such as "durationUs", found "durationMs"',
    ],
    [judged, { runs: 0 }, 'judging: runs: expected a number of more than 0, found 0'],
    [
      planned,
      { secnds: 1 },
      'options: expected known keys only, such as "seconds", found "secnds"',
    ],
    [planned, { searchPlans: 0.5 }, 'options: searchPlans: expected a whole number, found 0.5'],
  ] as const) {
    await assert.rejects(async () => call(options), { name: 'InputError', message })
  }
  await open({ parameters: { searchPlans: undefined } })
})

test('a plan or scenario that was forgotten, or not waited for, is told as that', async () => {
  for (const [wrong, found] of [
    [undefined, 'nothing'],
    [Promise.resolve(plan), 'a promise (await it)'],
    [{ workers: [] }, 'an object'],
  ] as const) {
    assert.throws(() => eclip.simulate(scenario, wrong as never, WINDOW), {
      name: 'InputError',
      message: `plan: expected a plan of a policy or a file, found ${found}`,
    })
    for (const call of [
      () => eclip.simulate(wrong as never, plan, WINDOW),
      () => eclip.openPlanning(wrong as never),
    ]) {
      const message = `scenario: expected what loadScenario returns, found ${found}`
      assert.throws(call, { name: 'InputError', message })
    }
  }
  const draft = { mechanism: 'pooled', pool: plan.pool, evidence: plan.evidence } as const
  assert.throws(() => eclip.buildPlan(scenario, { ...draft, groups: [groups, groups] }), {
    name: 'InputError',
    message: 'plan: groups: expected an entry for each worker (1), found an array of 2',
  })
})
