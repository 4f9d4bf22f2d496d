import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { InputError, WorkError } from '../../errors.js'
import { loadDevice } from '../../io/library.js'
import { nowUs } from '../../now.js'
import { Cancellation } from '../cancellation.js'
import { planOf } from '../echo.test.fixture.js'
import { forecast } from '../planning/forecast.js'
import { Trials } from '../planning/trials.js'
import { Refusal } from '../refusal.js'
import { PlainBytes } from '../tensors/tensor-bytes.js'
import type { InferOptions } from './backend.js'
import { HeldDevice } from './held-device.test.fixture.js'
import { PlanBackend, type PlanBackendOptions } from './plan-backend.js'
import { withoutTargets } from './served-plan.js'

interface Bench {
  readonly device: HeldDevice
  readonly backend: PlanBackend
  readonly notes: string[]
}

async function start(
  names: readonly string[],
  options: Partial<PlanBackendOptions> = {},
): Promise<Bench> {
  const device = new HeldDevice()
  const notes: string[] = []
  const backend = new PlanBackend({
    plan: planOf(names),
    device,
    levels: 1,
    mostHeld: 16,
    view: { kind: 'sim', name: 'test', granuleCus: [] },
    nowUs,
    ...options,
  })
  await backend.start({ launched: () => {}, noted: (event) => notes.push(event) })
  return { device, backend, notes }
}

/** Asks for a number of rows. Resolves to `answered`, or to the reason of the refusal. */
async function ask(
  { backend }: Bench,
  model: string,
  { rows = 1, ...given }: { rows?: number } & Partial<InferOptions> = {},
): Promise<string> {
  const bytes = new PlainBytes(new Uint8Array(4 * rows))
  const inputs = [{ name: 'IN_FP32', datatype: 'FP32' as const, shape: [rows, 1], bytes }]
  try {
    const request = { model, rows, inputs }
    const options = { tenant: 'a', cancellation: new Cancellation(), priority: 0, ...given }
    const { outputs } = await backend.infer(request, options)
    assert.deepEqual(outputs[0].shape, [rows, 1])
    return 'answered'
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
}

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('waiting requests are launched together as soon as their instance is free', async () => {
  const bench = await start(['m'])
  const first = ask(bench, 'm')
  await settle()
  const rest = [ask(bench, 'm', { rows: 3 }), ask(bench, 'm'), ask(bench, 'm', { rows: 4 })]
  await settle()
  assert.equal(bench.backend.pending('m'), 4)
  bench.device.launches[0].end()
  await settle()
  assert.deepEqual(
    bench.device.launches.map(({ batch, requests }) => [batch, requests.map(({ rows }) => rows)]),
    [[8, [3, 1, 4]]],
  )
  bench.device.launches[0].end()
  assert.deepEqual(await Promise.all([first, ...rest]), Array(4).fill('answered'))
  assert.equal(bench.backend.pending('m'), 0)
})

test('what a device uses before a request comes is not charged to the model that is asked first', async () => {
  let usedJ = 0
  const meter = { idleW: 0, energyJ: () => usedJ }
  const device = Object.assign(new HeldDevice(), { meter })
  const bench = await start(['m'], { device })
  usedJ = 700
  bench.backend.observe()
  const answer = ask(bench, 'm')
  await settle()
  usedJ = 712
  device.launches[0].end()
  await answer
  bench.backend.observe()
  usedJ = 720
  const { device: view, models, idleJ } = bench.backend.observe()
  assert.deepEqual([view.energyJ, models.get('m')!.energyJ, idleJ], [720, 12, 708])
})

test('a model whose launches never end does not hold up others', async () => {
  const models = ['stuck', 'b', 'c']
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...models), { maxLength: 40 }), async (arrivals) => {
      const bench = await start(models, { mostHeld: 100 })
      const others: Promise<string>[] = []
      for (const model of arrivals) {
        const answer = ask(bench, model)
        if (model !== 'stuck') others.push(answer)
        await settle()
        for (const launch of [...bench.device.launches]) {
          if (launch.model.name !== 'stuck') launch.end()
        }
      }
      assert.deepEqual(await Promise.all(others), Array(others.length).fill('answered'))
    }),
    { numRuns: 20 },
  )
})

test('a client that leaves while its request waits is forgotten; a running request goes on', async () => {
  const bench = await start(['m'])
  const cancellation = new Cancellation()
  const running = ask(bench, 'm')
  await settle()
  const waiting = ask(bench, 'm', { cancellation })
  cancellation.cancel()
  assert.equal(await waiting, 'cancelled')
  bench.device.launches[0].end()
  assert.equal(await running, 'answered')
  await settle()
  assert.equal(bench.device.launches.length, 0)
})

test('a request that may wait longer than a timer can run does not set one off at once', async () => {
  const warnings: string[] = []
  const note = ({ name }: Error): void => void warnings.push(name)
  process.on('warning', note)
  const bench = await start(['m'], { plan: planOf(['m'], { targetMs: 100 }) })
  const running = ask(bench, 'm')
  await settle()
  const waiting = ask(bench, 'm', { timeoutUs: 2 ** 63 })
  await sleep(150)
  bench.device.launches[0].end()
  await settle()
  bench.device.launches[0].end()
  assert.deepEqual(await Promise.all([running, waiting]), ['answered', 'answered'])
  process.off('warning', note)
  assert.deepEqual(warnings, [])
})

test('a request that cannot end in time is dropped, and requests of a higher class go first', async () => {
  const bench = await start(['m'], { mostHeld: 100 })
  const running = ask(bench, 'm', { rows: 8 })
  await settle()
  const late = ask(bench, 'm', { timeoutUs: 1000 })
  const low = ask(bench, 'm', { rows: 8, priority: 3 })
  const high = ask(bench, 'm', { rows: 7, priority: 1 })
  assert.equal(await late, 'late')
  bench.device.launches[0].end()
  await settle()
  assert.equal(bench.device.launches[0].requests[0].rows, 7)
  bench.device.launches[0].end()
  await settle()
  bench.device.launches[0].end()
  assert.deepEqual(await Promise.all([running, low, high]), Array(3).fill('answered'))
})

test('a request without a priority has 2; 1 goes before it, 3 and more after it', async () => {
  const bench = await start(['m'], { mostHeld: 100 })
  const asked = [ask(bench, 'm', { rows: 8 })]
  await settle()
  for (const [rows, priority] of [
    [4, 9],
    [5, 3],
    [6, 0],
    [7, 2],
    [8, 1],
  ])
    asked.push(ask(bench, 'm', { rows, priority }))
  const order: number[] = []
  while (bench.device.launches.length > 0) {
    const [{ requests, end }] = bench.device.launches
    order.push(...requests.map(({ rows }) => rows))
    end()
    await settle()
  }
  assert.deepEqual(order, [8, 8, 6, 7, 4, 5])
  assert.deepEqual(await Promise.all(asked), Array(6).fill('answered'))
})

test('beyond the limit on held rows, requests are refused at once', async () => {
  const bench = await start(['m'], { mostHeld: 4 })
  const held = [ask(bench, 'm', { rows: 3 }), ask(bench, 'm')]
  assert.equal(await ask(bench, 'm'), 'overloaded')
  assert.equal(await ask(bench, 'm', { tenant: 'b', rows: 3 }), 'overloaded')
  // Another tenant has an even part of its own.
  held.push(ask(bench, 'm', { tenant: 'b', rows: 2 }))
  await settle()
  while (bench.device.launches.length > 0) {
    bench.device.launches[0].end()
    await settle()
  }
  assert.deepEqual(await Promise.all(held), Array(3).fill('answered'))
})

test('a refusal says how long the rows that are held will take', async () => {
  // Two instances take 8 rows in 8 ms, so a row takes 0.5 ms.
  const expectedMs = { 1: [1], 2: [2], 4: [4], 8: [8] }
  const plan = planOf(['m'], { instances: 2, targetMs: 1000, expectedMs })
  const bench = await start(['m'], { plan, mostHeld: 24 })
  const held = [8, 8, 5, 3].map((rows) => ask(bench, 'm', { rows }))
  const request = { model: 'm', rows: 1, inputs: [] }
  const options = { tenant: 'a', cancellation: new Cancellation(), priority: 0 }
  await assert.rejects(bench.backend.infer(request, options), (error: Refusal) => {
    assert.deepEqual([error.reason, error.retryAfterS], ['overloaded', 0.012])
    return true
  })
  await settle()
  while (bench.device.launches.length > 0) {
    bench.device.launches[0].end()
    await settle()
  }
  assert.deepEqual(await Promise.all(held), Array(4).fill('answered'))
})

test("before any launch has ended, the plan's times decide how much is held", async () => {
  // Two instances take 8 rows in 8 ms, so a row takes 0.5 ms. Of the 80 ms that count, the launch itself takes 8.
  const expectedMs = { 1: [1], 2: [2], 4: [4], 8: [8] }
  const plan = planOf(['m'], { instances: 2, targetMs: 100, expectedMs })
  const bench = await start(['m'], { plan, mostHeld: 1000 })
  const asked = Array.from({ length: 200 }, () => ask(bench, 'm'))
  await settle()
  assert.equal(bench.backend.pending('m'), 2 * 8 + (80 - 8) / 0.5)
  while (bench.device.launches.length > 0) {
    for (const launch of [...bench.device.launches]) launch.end()
    await settle()
  }
  const ends = await Promise.all(asked)
  assert.equal(ends.filter((end) => end === 'overloaded').length, 40)
})

test('a launch whose worker is lost is run once more, on an instance that is available', async () => {
  const bench = await start(['m'])
  const answer = ask(bench, 'm')
  await settle()
  bench.device.events?.lost([0])
  bench.device.launches[0].fail(new Refusal('worker-lost', 'gone'))
  await settle()
  assert.equal(bench.device.launches.length, 0)
  bench.device.events?.restored([0])
  await settle()
  bench.device.launches[0].end()
  assert.equal(await answer, 'answered')

  const again = ask(bench, 'm')
  for (let attempt = 0; attempt < 2; attempt++) {
    await settle()
    bench.device.launches[0].fail(new Refusal('worker-lost', 'gone'))
  }
  assert.equal(await again, 'worker-lost')
})

test('an instance whose process ends while others are loaded serves once it is restarted', async () => {
  const plan = { ...planOf(['m'], { instances: 2 }), concurrency: 2 }
  const bench = await start(['m'], { plan })
  const { device } = bench
  device.load = async (...given) => {
    const metadata = await HeldDevice.prototype.load.apply(device, given)
    device.events?.lost([0])
    return metadata
  }
  await bench.backend.load('m')
  const answers = [ask(bench, 'm', { rows: 8 }), ask(bench, 'm', { rows: 8 })]
  await settle()
  assert.deepEqual(
    device.launches.map(({ instance }) => instance),
    [1],
  )
  device.events?.restored([0])
  await settle()
  assert.equal(device.launches.length, 2)
  for (const launch of [...device.launches]) launch.end()
  assert.deepEqual(await Promise.all(answers), ['answered', 'answered'])
})

test('a model that was loaded again after its worker was lost is served under the next plan', async () => {
  const bench = await start(['m'])
  bench.device.events?.lost([0])
  await bench.backend.unload('m')
  await bench.backend.load('m')
  await bench.backend.swap(planOf(['m']))
  const answer = ask(bench, 'm')
  await settle()
  bench.device.launches[0].end()
  assert.equal(await answer, 'answered')
})

test('a plan for which a model cannot be loaded leaves everything that clients see unchanged', async () => {
  const bench = await start(['m', 'n'])
  const { device, backend } = bench
  const before = new Map(backend.models)
  device.load = async (model, instances) => {
    if (model.name === 'n') throw new WorkError('no room')
    const metadata = await HeldDevice.prototype.load.call(device, model, instances)
    return { ...metadata, largestBatch: 1 }
  }
  const { models, ...rest } = planOf(['m', 'n'])
  const other = { ...rest, models: models.map((model) => ({ ...model, instances: 2 })) }
  await assert.rejects(backend.swap(other), { reason: 'model-unavailable' })
  assert.deepEqual(backend.models, before)
  assert.equal(device.loaded.size, 2)
})

test('unloading waits for accepted requests, and loading brings the model back', async () => {
  const bench = await start(['m'])
  const answers = [ask(bench, 'm'), ask(bench, 'm')]
  await settle()
  const unloading = bench.backend.unload('m')
  await settle()
  assert.equal(bench.backend.models.get('m')?.state, 'UNLOADING')
  const loading = bench.backend.load('m')
  bench.device.launches[0].end()
  await settle()
  bench.device.launches[0].end()
  await unloading
  assert.deepEqual(await Promise.all(answers), ['answered', 'answered'])
  await loading
  assert.equal(bench.backend.models.get('m')?.state, 'READY')
  assert.deepEqual(bench.notes, ['loaded', 'unloaded', 'loaded'])
})

test('another plan takes over waiting requests, and keeps seats that are the same in both', async () => {
  const bench = await start(['m', 'n'])
  const running = ask(bench, 'm')
  await settle()
  const waiting = [ask(bench, 'm', { rows: 2 }), ask(bench, 'm')]
  await settle()
  const more = planOf(['m', 'n'])
  const models = more.models.map((model) => ({ ...model, instances: 2 }))
  const swapping = bench.backend.swap({ ...more, models })
  await settle()
  // Waiting requests run on the second instance of the new plan, while the first is still busy.
  assert.deepEqual(
    bench.device.launches.map(({ requests }) => requests[0].rows),
    [1, 2],
  )
  const [{ instance: kept }, { instance: added }] = bench.device.launches
  assert.notEqual(kept, added)
  while (bench.device.launches.length > 0) {
    bench.device.launches[0].end()
    await settle()
  }
  await swapping
  assert.deepEqual(await Promise.all([running, ...waiting]), Array(3).fill('answered'))
  assert.equal(bench.device.loaded.size, 4)
  await bench.backend.swap(planOf(['m', 'n']))
  assert.equal(bench.device.loaded.size, 2)
  assert.ok(bench.device.loaded.has(kept))
  assert.equal(bench.backend.observe().plan?.switches, 3)
})

test('an instance is kept only if its mechanism, share and batches stay, and the others leave once they are idle', async () => {
  const planned = planOf(['m'])
  const [model] = planned.models
  for (const changed of [
    { ...planned, mechanism: 'mps' as const },
    { ...planned, models: [{ ...model, share: 2 }] },
    { ...planned, models: [{ ...model, batches: [1] }] },
  ]) {
    const bench = await start(['m'], { plan: planned })
    await bench.backend.swap({ ...planned })
    assert.deepEqual([...bench.device.loaded], [0])
    const asked = ask(bench, 'm')
    await settle()
    let isSwapped = false
    const swapped = bench.backend.swap(changed).then(() => {
      isSwapped = true
    })
    await settle()
    assert.deepEqual([isSwapped, [...bench.device.loaded]], [false, [0, 1]])
    bench.device.launches[0].end()
    await swapped
    assert.deepEqual([...bench.device.loaded], [1])
    assert.equal(await asked, 'answered')
  }
})

test('a defect of the device is not mistaken for a model that cannot be loaded', async () => {
  const bench = await start(['m'])
  bench.device.load = () => Promise.reject(new TypeError('ours'))
  const [model] = planOf(['m']).models
  const swapped = bench.backend.swap({ ...planOf(['m']), models: [{ ...model, instances: 2 }] })
  await assert.rejects(swapped, new TypeError('ours'))
})

test('what each instance holds and does is shown, as long as its model is loaded', async () => {
  const planned = planOf(['a', 'b'])
  const [a, b] = planned.models
  const models = [{ ...a, instances: 2 }, b]
  const bench = await start(['a', 'b'], { plan: { ...planned, models } })
  const asked = [ask(bench, 'a'), ask(bench, 'b')]
  await settle()
  const { holdings, device } = bench.backend.observe()
  assert.deepEqual(device, { kind: 'sim', name: 'test', granuleCus: [] })
  assert.deepEqual(
    holdings.map(({ model, instance, cus }) => [model, instance, cus]),
    [
      ['a', 0, a.share],
      ['a', 1, a.share],
      ['b', 0, b.share],
    ],
  )
  const doing = (wanted: string) =>
    holdings.flatMap(({ model, state, batch }) => (state === wanted ? [[model, batch]] : []))
  assert.deepEqual(doing('running'), [
    ['a', 1],
    ['b', 1],
  ])
  assert.deepEqual(doing('idle'), [['a', 0]])
  while (bench.device.launches.length > 0) bench.device.launches[0].end()
  await Promise.all(asked)
  await bench.backend.unload('b')
  assert.deepEqual(
    bench.backend.observe().holdings.map(({ model }) => model),
    ['a', 'a'],
  )
})

test('every plan passes the same check before it comes into force, and changes nothing if it fails', async () => {
  const taken = { ...planOf(['m']), concurrency: 7 }
  const trials = { tryable: () => ({}), take: () => taken } as unknown as Trials
  const checked: number[] = []
  const { backend } = await start(['m'], {
    trials,
    admit(plan) {
      checked.push(plan.concurrency)
      throw new InputError({ file: 'the plan', path: 'x', expected: 'y', found: 'z' })
    },
  })
  const before = backend.plan()
  await assert.rejects(backend.applyTrial('1'), InputError)
  await assert.rejects(backend.swap({ ...taken, concurrency: 8 }), InputError)
  assert.deepEqual(checked, [7, 8])
  assert.equal(backend.plan(), before)
})

test('a plan for other models is refused and changes nothing', async () => {
  const bench = await start(['m'])
  await assert.rejects(bench.backend.swap(planOf(['other'])), { reason: 'invalid' })
  await assert.rejects(bench.backend.swap(planOf([])), { reason: 'invalid' })
  const answer = ask(bench, 'm')
  await settle()
  bench.device.launches[0].end()
  assert.equal(await answer, 'answered')
})

test('at ten times the load, answered requests are answered in time, and held rows are bounded', async () => {
  const mostHeld = 30
  const targetMs = 20
  const launchMs = 5
  let nowMs = 0
  const plan = planOf(['m'], { batches: [1], targetMs, expectedMs: { 1: [launchMs] } })
  const bench = await start(['m'], { plan, mostHeld, nowUs: () => nowMs * 1000 })
  const ends = new Map<string, number>()
  const asked: Promise<void>[] = []
  const client = async (): Promise<void> => {
    const arrivedMs = nowMs
    const end = await ask(bench, 'm')
    ends.set(end, (ends.get(end) ?? 0) + 1)
    if (end === 'answered') assert.ok(nowMs - arrivedMs <= 0.8 * targetMs)
  }
  for (; nowMs < 1000 * launchMs; nowMs += launchMs) {
    bench.device.launches[0]?.end()
    await settle()
    for (let i = 0; i < 10; i++) asked.push(client())
    assert.ok(bench.backend.pending('m') <= mostHeld)
  }
  while (bench.backend.pending('m') > 0) {
    bench.device.launches[0]?.end()
    await settle()
    nowMs += launchMs
  }
  await Promise.all(asked)
  // No request waits in vain: one that could not be in time is refused when it comes.
  assert.deepEqual([...ends.keys()].sort(), ['answered', 'overloaded'])
  // The instance was never idle.
  assert.ok((ends.get('answered') ?? 0) >= 995, `${ends.get('answered')}`)
})

test('another plan is tried on recent requests, and then put into force', async () => {
  const served = planOf(['m'], { batches: [1], expectedMs: { 1: [1] } })
  const aloneMs = () => 1
  const trials = new Trials({
    device: loadDevice('h200'),
    mechanisms: ['streams'],
    facts: new Map([['m', { batches: [1], mostInstances: 2, aloneMs }]]),
    planner: {
      forecast: async (plans, arrivals) => plans.map((plan) => forecast(plan, 1, arrivals)),
    },
  })
  let nowUs = 0
  const bench = await start(['m'], { plan: served, trials, nowUs: () => nowUs })
  assert.deepEqual(bench.backend.observe().tryable, trials.tryable(served))
  const asked = ask(bench, 'm')
  await settle()
  nowUs = 5e6
  const model = { name: 'm', instances: 2, cus: 4, largestBatch: 1, maxDelayMs: 0 }
  const trial = await bench.backend.tryPlan({ mechanism: 'streams', models: [model] })
  assert.deepEqual([trial.overS, trial.models[0].requests], [5, 1])
  const applied = bench.backend.applyTrial(trial.id)
  bench.device.launches[0].end()
  await applied
  assert.equal(await asked, 'answered')
  assert.deepEqual([bench.backend.plan().models[0].instances, bench.device.loaded.size], [2, 2])
})

test('a server that knows too little for trials refuses them', async () => {
  const { backend } = await start(['m'])
  const model = { name: 'm', instances: 2, cus: 4, largestBatch: 1, maxDelayMs: 0 }
  const tried = backend.tryPlan({ mechanism: 'streams', models: [model] })
  await assert.rejects(tried, { reason: 'unsupported' })
  assert.equal(backend.observe().tryable, undefined)
})

test('a plan for a mechanism that the device was not opened for is refused', async () => {
  const { backend } = await start(['m'], { mechanisms: ['streams'] })
  const refused = { reason: 'unsupported', message: 'mechanism: expected streams, found mps' }
  await assert.rejects(backend.swap({ ...planOf(['m']), mechanism: 'mps' }), refused)
  assert.equal(backend.plan().mechanism, 'streams')
})

test('a model of the lowest class gets its least share, however busy the models above it are', async () => {
  const models = ['low', 'high'] as const
  const { models: planned, ...rest } = planOf(models, { batches: [1] })
  const classed = planned.map((model, m) => ({ ...model, priorityClass: models[m] }))
  let nowUs = 0
  const plan = { ...rest, concurrency: 1, models: classed }
  const bench = await start(models, { plan, nowUs: () => nowUs })
  const asked: Promise<string>[] = []
  const launched = { low: 0, high: 0 }
  for (let i = 0; i < 200; i++) {
    // Both models always have waiting requests.
    while (bench.backend.pending('high') < 3) asked.push(ask(bench, 'high'))
    while (bench.backend.pending('low') < 2) asked.push(ask(bench, 'low'))
    await settle()
    nowUs += 1000
    launched[bench.device.launches[0].model.name as 'low' | 'high']++
    bench.device.launches[0].end()
    await settle()
  }
  const part = launched.low / 200
  assert.ok(part > 0.04 && part < 0.1, `${part}`)
  const { shares } = bench.backend.observe()
  assert.ok(Math.abs(shares!.models.get('low')! - part) < 0.01)
  assert.equal(shares?.tenants.get('a'), 1)
})

test('two tenants at ten times the load have even parts of it', async () => {
  const plan = planOf(['m'], { batches: [1] })
  let nowUs = 0
  const bench = await start(['m'], { plan, nowUs: () => nowUs })
  const asked: Promise<string>[] = []
  for (let i = 0; i < 300; i++) {
    for (let n = 0; n < 9; n++) asked.push(ask(bench, 'm', { tenant: 'greedy' }))
    asked.push(ask(bench, 'm', { tenant: 'modest' }))
    await settle()
    nowUs += 1000
    bench.device.launches[0].end()
    await settle()
  }
  const { tenants } = bench.backend.observe().shares!
  assert.ok(tenants.get('modest')! > 0.4, `${tenants.get('modest')}`)
})

test('a model without a target shows none', async () => {
  const plan = planOf(['m'], { targetMs: 50 })
  const targetUnder = async (inForce: typeof plan) => {
    const { backend } = await start(['m'], { plan: inForce })
    return backend.observe().models.get('m')!.target
  }
  assert.deepEqual(await targetUnder(plan), { ms: 50, quantile: 0.99 })
  assert.equal(await targetUnder(withoutTargets(plan)), undefined)
})

test('the gain of a plan is shown while it is in force, as far as the plan states it', async () => {
  const plan = planOf(['m'])
  const benchmarked = { goodput: 3, plainStreamsGoodput: 2, gpu: 'g', date: 'today' }
  const gains = { predicted: { goodput: 2, plainStreamsGoodput: 1 }, benchmarked }
  const { backend } = await start(['m'], {
    plan: { ...plan, evidence: { ...plan.evidence, ...gains } },
  })
  const shown = () => {
    const { predicted, benchmarked: measured } = backend.observe().plan!
    return { predicted, benchmarked: measured }
  }
  assert.deepEqual(shown(), gains)
  await backend.swap({ ...plan, evidence: { ...plan.evidence, predicted: { goodput: 2 } } })
  assert.deepEqual(shown(), { predicted: undefined, benchmarked: undefined })
})

test('requests are counted as in time or not, except those to which no target applies', async () => {
  let nowMs = 0
  const plan = planOf(['m'], { targetMs: 50, late: 'serve' })
  const bench = await start(['m'], { plan, mostHeld: 2, nowUs: () => nowMs * 1000 })
  const answer = async (options: Partial<InferOptions> = {}, tookMs = 0) => {
    const asked = ask(bench, 'm', options)
    await settle()
    nowMs += tookMs
    bench.device.launches[0].end()
    return asked
  }
  assert.equal(await answer({}, 50), 'answered')
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 1, inTime: 1 })
  assert.equal(await answer({}, 51), 'answered')
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 2, inTime: 1 })
  assert.equal(await answer({ timeoutUs: 1e6 }, 51), 'answered')
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 2, inTime: 1 })
  const held = ask(bench, 'm', { rows: 2 })
  assert.equal(await ask(bench, 'm'), 'overloaded')
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 3, inTime: 1 })
  await settle()
  bench.device.launches[0].end()
  assert.equal(await held, 'answered')
  const gone = new Cancellation()
  gone.cancel()
  assert.equal(await ask(bench, 'm', { cancellation: gone }), 'cancelled')
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 4, inTime: 2 })
})

test('a lost worker and a request given up as late count as misses', async () => {
  let nowMs = 0
  const plan = planOf(['m'], { targetMs: 50 })
  const bench = await start(['m'], { plan, nowUs: () => nowMs * 1000 })
  const lost = ask(bench, 'm', { rows: 8 })
  for (const outcome of ['lost', 'lost again']) {
    await settle()
    bench.device.launches[0].fail(new Refusal('worker-lost', outcome))
  }
  assert.equal(await lost, 'worker-lost')
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 1, inTime: 0 })
  const running = ask(bench, 'm', { rows: 8 })
  await settle()
  const late = ask(bench, 'm')
  nowMs = 51
  bench.device.launches[0].end()
  assert.deepEqual(await Promise.all([running, late]), ['answered', 'late'])
  assert.deepEqual(bench.backend.targetCounts.all().get('m'), { ended: 3, inTime: 0 })
})

test('only a limited number of changes of what is loaded may wait for one another', async () => {
  const { backend } = await start(['a'])
  const changes = await Promise.allSettled(Array.from({ length: 100 }, () => backend.load('a')))
  const refused = changes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  assert.ok(refused.length > 0 && refused.length < 100, `${refused.length}`)
  for (const { reason } of refused) assert.equal(reason.reason, 'overloaded')
  await backend.load('a')
  assert.equal(backend.models.get('a')?.state, 'READY')
})
