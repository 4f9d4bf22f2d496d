import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { underControl } from '../binding/mps/control.test.fixture.js'
import { h200 } from '../device/catalog/h200.js'
import { fingerprint } from '../device/device.js'
import { InputError, WorkError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { policyNamed } from '../policy/registry.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import type { Profile } from '../profile/profile.js'
import {
  checkCus,
  checkDevice,
  checkKernels,
  planRequest,
  runRequest,
} from '../torch/plan-request.js'
import type { Hello, Loaded } from '../torch/protocol.js'
import { pointsSchema } from '../validate/points.js'
import { CLOSED_LOOP, type Scenario } from '../workload/scenario.js'
import type { Contestant, MeasuredWindow } from './contest.js'
import { planContest } from './plan-contest.js'
import { pointsOf } from './points.js'
import { contestPolicies } from './policies.js'
import { contestRivals, rivalNamed, rivalsFor } from './rivals.js'
import { runContest } from './run-contest.js'
import { summarize } from './summary.js'

const WHOLE = [...h200.granules.keys()]

function profileOf(model: string, kernels: number): Profile {
  const kernel = kernelTaking({ 8: 2 })
  return {
    format: 'eclip.profile/1',
    model,
    batch: 8,
    device: 'h200',
    source: 'measured',
    dtype: 'float16',
    kernels: Array.from({ length: kernels }, () => kernel),
  }
}

const worker = { load: CLOSED_LOOP, priorityClass: 'normal', minimumShare: 0 } as const
const scenario: Scenario = {
  device: h200,
  workers: [
    { ...worker, name: 'a/8', profile: profileOf('kernels:3', 3) },
    {
      ...worker,
      name: 'b/8',
      profile: profileOf('kernels:2', 2),
      load: { kind: 'poisson', ratePerSecond: 50 },
    },
  ],
}

/** Worker a has two kernels on the first granules and one everywhere. Worker b has all its kernels everywhere. */
const plan: Plan = {
  format: 'eclip.plan/1',
  device: { name: 'h200', fingerprint: fingerprint(h200) },
  mechanism: 'pooled',
  pool: [
    { granules: [0, 1], owner: 0 },
    { granules: WHOLE, owner: null },
  ],
  workers: [
    {
      name: 'a/8',
      model: 'a',
      batch: 8,
      groups: [
        { kernels: 2, partition: 0, priority: 1 },
        { kernels: 1, partition: 1, priority: 0 },
      ],
    },
    { name: 'b/8', model: 'b', batch: 8, groups: [{ kernels: 2, partition: 1, priority: 0 }] },
  ],
  evidence: { policy: 'test', parameters: {}, switchesPerRequest: [1, 0] },
}

const hello: Hello = {
  worker: '0.1.0',
  pid: 1,
  versions: {},
  device: {
    kind: 'cuda',
    name: 'NVIDIA H200',
    cus: 132,
    granules: h200.granules.map(({ cus }) => cus),
    priorityLevels: 6,
  },
  features: { graphs: true, partitions: true, segments: true, energy: true },
  limits: { frameBytes: 1, tensorBytes: 1 },
}

test('a plan names granules by worker, and names none for the whole device', () => {
  assert.deepEqual(planRequest(scenario, plan), {
    'a/8': {
      8: [
        { kernels: 2, granules: [0, 1], priority: 1 },
        { kernels: 1, granules: WHOLE, priority: 0 },
      ],
    },
    'b/8': { 8: null },
  })
})

const planning = {
  context: {
    parameters: DEFAULT_PARAMETERS,
    evaluate: () => Promise.reject(new Error('nothing here searches')),
    now: () => 0,
  },
  soloRates: [1000, 1000],
  progress: () => {},
}

test('a contest runs the plans of policies and those made beforehand, each under a name of its own', async () => {
  const policies = ['baseline', 'equal'].map((name) => policyNamed(name))
  const again = await policyNamed('equal').plan(scenario, planning.context)
  const planned = await planContest(scenario, policies, [again], {
    ...planning,
    predictions: 'simulated',
  })
  assert.deepEqual(
    planned.map(({ name }) => name),
    ['baseline', 'equal', 'equal#2'],
  )
  assert.equal(planned[2].plan, again)
  assert.ok(planned.every(({ predictedSpeedup }) => predictedSpeedup! > 0))
})

test('a plan of mask calls runs beside the same launches with masks made ahead and with none', async () => {
  const planned = await planContest(scenario, [policyNamed('kernel-wise-ioctl')], [], {
    ...planning,
    predictions: 'simulated',
  })
  assert.deepEqual(
    planned.map(({ name, mode }) => [name, mode]),
    [
      ['kernel-wise-ioctl', 'remask'],
      ['kernel-wise-ioctl, masks made ahead', 'launches'],
      ['kernel-wise-ioctl, no masks', 'launches'],
    ],
  )
  const [remasked, ahead, unmasked] = planned
  assert.deepEqual(planRequest(scenario, remasked.plan), planRequest(scenario, ahead.plan))
  assert.deepEqual(planRequest(scenario, remasked.plan)['b/8'], {
    8: [{ kernels: 2, granules: [8], priority: 0 }],
  })
  assert.deepEqual(planRequest(scenario, unmasked.plan), { 'a/8': { 8: null }, 'b/8': { 8: null } })
  const predicted = planned.map(({ predictedSpeedup }) => predictedSpeedup)
  assert.ok(predicted[0]! > 0 && predicted[0]! < 0.5, 'masks of 1.4 ms for kernels of 2 us')
  assert.deepEqual(predicted.slice(1), [undefined, undefined])
})

test('predictions are left out if nobody wants them', async () => {
  const options = { ...planning, predictions: 'left-out' } as const
  const [planned] = await planContest(scenario, [], [plan], options)
  assert.deepEqual(planned, { name: 'test', plan })
})

test('a plan that only the simulator can run is refused before anything else is planned', async () => {
  const heard: string[] = []
  const options = {
    ...planning,
    predictions: 'left-out',
    progress: (text: string) => heard.push(text),
  } as const
  const placed = { ...plan, pool: [{ cus: 8 }] }
  await assert.rejects(planContest(scenario, [policyNamed('equal')], [placed], options), InputError)
  assert.deepEqual(heard, [])
  await assert.rejects(planContest(scenario, [policyNamed('krisp')], [], options), InputError)
})

test('rivals have names', () => {
  assert.deepEqual(rivalNamed('time-sliced'), { name: 'time-sliced' })
  assert.deepEqual(rivalNamed('mps-100'), { name: 'mps-100', mpsPercent: 100 })
  for (const name of ['mps-0', 'mps-101', 'mps', 'mps-5.5'])
    assert.equal(rivalNamed(name), undefined)
})

test('workers run under their loads, each with arrivals of its own', () => {
  const { workers } = runRequest(scenario, { seconds: 2, seed: 7 })
  assert.deepEqual(
    workers.map(({ load }) => load),
    [{ kind: 'closed' }, { kind: 'poisson', rate: 50, seed: 8 }],
  )
})

test('a GPU other than the one that the workload was planned for is refused', () => {
  assert.doesNotThrow(() => checkDevice(scenario, hello))
  const half = { ...hello, device: { ...hello.device, cus: 64, granules: Array(8).fill(8) } }
  assert.throws(() => checkDevice(scenario, half), WorkError)
})

test('a host cannot be partitioned, and a demand only asks for a number of compute units', () => {
  const host = { ...scenario, device: { ...h200, vendor: 'cpu' as const } }
  const cpu = { ...hello.device, kind: 'cpu' as const, cus: 2, granules: [] }
  const processor = { ...hello, device: cpu }
  assert.doesNotThrow(() => checkDevice(host, processor))
  assert.throws(() => checkDevice(scenario, processor), WorkError)
  assert.throws(() => checkDevice(host, { ...hello, device: { ...hello.device, granules: [8] } }))
  const demandOn = ({ device }: Scenario) => ({ device, models: [] })
  const unpartitioned = { ...hello, device: { ...hello.device, granules: [] } }
  assert.doesNotThrow(() => checkCus(demandOn(scenario), unpartitioned))
  assert.doesNotThrow(() => checkCus(demandOn(host), processor))
  assert.throws(() => checkCus(demandOn(scenario), processor), WorkError)
  const half = { ...hello, device: { ...hello.device, cus: 64 } }
  for (const one of [scenario, host]) assert.throws(() => checkCus(demandOn(one), half), WorkError)
})

test('a model whose kernels differ from its profile is refused', () => {
  const loaded = (kernels: number, mode: 'graph' | 'eager' = 'graph'): Loaded => ({
    worker: 'w',
    batches: [{ batch: 8, mode, kernels, slots: [], reason: 'it has a branch' }],
  })
  assert.doesNotThrow(() => checkKernels(scenario, [loaded(3), loaded(2)]))
  assert.throws(
    () => checkKernels(scenario, [loaded(3), loaded(9)]),
    /kernels:2 at batch 8 has 9 kernels/,
  )
  assert.throws(() => checkKernels(scenario, [loaded(0, 'eager'), loaded(2)]), /it has a branch/)
})

const windowOf = (rates: number[], powerW: number): MeasuredWindow => ({
  seconds: 2,
  powerW,
  workers: rates.map((requestsPerSecond) => ({
    requestsPerSecond,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: Number.NaN,
  })),
})
const contestant: Contestant = {
  name: 'test',
  plan,
  windows: [windowOf([50, 20], 400), windowOf([60, 20], 500)],
}
const SOLO = [100, 40]

test('a summary is a mean over repeats with its spread', () => {
  const summary = summarize(contestant, SOLO)
  assert.equal(summary.weightedSpeedup.mean, 1.05)
  assert.ok(Math.abs(summary.weightedSpeedup.relative - 0.1 / 1.05) < 1e-12)
  assert.equal(summary.powerW?.mean, 450)
  assert.equal(summary.workPerKilojoule, 1050 / 450)
  assert.equal(summary.lowestWorker, 0.5)
})

test('a worker that serves everything it is offered is not slowed down, whatever its share of its solo rate', () => {
  const summary = summarize(contestant, SOLO, [
    { kind: 'poisson', ratePerSecond: 55 },
    { kind: 'closed' },
  ])
  assert.deepEqual(
    summary.workers.map((worker) => worker.normalizedThroughput),
    [1, 0.5],
  )
})

test('measured points are in the form that validate reads, with rivals and failures beside them', () => {
  const rival = { name: 'mps-50', windows: contestant.windows }
  const broken = { name: 'mps-40', windows: [], failed: 'no MPS' }
  const remasked = { ...contestant, name: 'remasked', mode: 'remask' } as const
  const refused = { name: 'windows', plan, windows: [], failed: 'out of memory' }
  const contest = { hello, soloRates: SOLO, contestants: [contestant, remasked, refused] }
  const provenance = { description: 'test', command: 'eclip bench', date: '2026-11-21' }
  const points = pointsSchema.parse(pointsOf(scenario, contest, [rival, broken], provenance))
  assert.equal(points.points.length, 1)
  assert.deepEqual(
    (points.rivals as Contestant[]).map(({ name }) => name),
    ['remasked', 'mps-50'],
  )
  assert.deepEqual(points.failed, [
    { name: 'windows', reason: 'out of memory' },
    { name: 'mps-40', reason: 'no MPS' },
  ])
  const [{ workers, powerW, seconds }] = points.points
  assert.equal(powerW, 450)
  assert.equal(seconds, 4)
  assert.deepEqual(workers[0].groups, [
    { kernels: 2, granules: [0, 1], priority: 1 },
    { kernels: 1, granules: WHOLE, priority: 0 },
  ])
  assert.deepEqual(workers[1].load, { poisson: 50 })
  assert.equal(workers[0].p99Ms, null)
})

test('rivals share the device, from the most generous share to a fair one', () => {
  assert.deepEqual(
    rivalsFor(4).map(({ name }) => name),
    ['time-sliced', 'mps-100', 'mps-60', 'mps-50', 'mps-40', 'mps-25'],
  )
  assert.equal(rivalsFor(2).length, 5)
})

const FAKE = fileURLToPath(new URL('../torch/fake-worker.test.fixture.js', import.meta.url))
const options = { command: [process.execPath, FAKE, 'gpu'] }

const silent = { progress: () => {}, measured: () => {} }
const named = (name: string) => ({ name, plan, predictedSpeedup: 1.5 })

test('policies run in turn, in reverse order every second round, and progress is reported after each window', async () => {
  const said: string[] = []
  const counts: number[][] = []
  const { soloRates, contestants } = await contestPolicies(
    scenario,
    [named('first'), named('second')],
    { seconds: 2, repeats: 2, seed: 1 },
    {
      progress: (text) => said.push(text),
      measured: (contest) => counts.push(contest.contestants.map(({ windows }) => windows.length)),
    },
    options,
  )
  assert.deepEqual(soloRates, [30, 20])
  assert.deepEqual(
    said.filter((text) => text.includes('round')),
    ['first, round 1 of 2', 'second, round 1 of 2', 'second, round 2 of 2', 'first, round 2 of 2'],
  )
  assert.deepEqual(counts, [
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 2],
  ])
  assert.deepEqual(
    contestants.map(({ name, predictedSpeedup }) => [name, predictedSpeedup]),
    [
      ['first', 1.5],
      ['second', 1.5],
    ],
  )
  assert.equal(summarize(contestants[0], soloRates).weightedSpeedup.mean, 2)
})

test('a model none of whose requests ends in its window alone gets a longer window', async () => {
  const workers = [{ ...worker, name: 'slow/8', profile: profileOf('kernels:slow', 4) }]
  const settings = { seconds: 0.5, repeats: 2, seed: 1 }
  const { soloRates } = await contestPolicies(
    { device: h200, workers },
    [],
    settings,
    silent,
    options,
  )
  assert.deepEqual(soloRates, [40])
})

test('plans run in the requested mode', async () => {
  const settings = { seconds: 2, repeats: 1, seed: 1, mode: 'segments' } as const
  const { contestants } = await contestPolicies(scenario, [named('one')], settings, silent, options)
  assert.deepEqual(
    contestants[0].windows[0].workers.map(({ requestsPerSecond }) => requestsPerSecond),
    [15, 10],
  )
})

test('a plan of mask calls is launched kernel by kernel, whatever mode the others run in', async () => {
  const settings = { seconds: 2, repeats: 1, seed: 1, mode: 'rehome' } as const
  const policies = [named('one'), { ...named('two'), mode: 'remask' as const }]
  const { contestants } = await contestPolicies(scenario, policies, settings, silent, options)
  assert.deepEqual(
    contestants.map(({ mode, windows }) => [mode, windows[0].workers[0].requestsPerSecond]),
    [
      [undefined, 30],
      ['remask', 3],
    ],
  )
})

test('a plan that the worker refuses is a row with the reason, and the others go on', async () => {
  const workers = plan.workers.map((one) => ({
    ...one,
    groups: [{ ...one.groups[0], priority: 9 }],
  }))
  const refused = { name: 'refused', plan: { ...plan, workers } }
  const { contestants, soloRates } = await contestPolicies(
    scenario,
    [named('first'), refused, named('last')],
    { seconds: 2, repeats: 2, seed: 1 },
    silent,
    options,
  )
  assert.deepEqual(
    contestants.map(({ windows, failed }) => [windows.length, failed]),
    [
      [2, undefined],
      [0, 'out of memory'],
      [2, undefined],
    ],
  )
  assert.equal(summarize(contestants[1], soloRates).failed, 'out of memory')
})

const RIVALS = [{ name: 'time-sliced' }, { name: 'time-sliced again' }]

test('a rival gives every worker a process of its own, on the same GPU', async () => {
  const settings = { seconds: 2, repeats: 1, seed: 1 }
  const run = (environment: Record<string, string>) =>
    contestRivals(scenario, RIVALS.slice(0, 1), settings, silent, { ...options, environment })
  const [{ windows }] = await run({ CUDA_VISIBLE_DEVICES: 'GPU-1' })
  assert.deepEqual(
    windows[0].workers.map(({ requestsPerSecond }) => requestsPerSecond),
    [30, 20],
  )
  assert.equal(windows[0].powerW, 401)
  assert.equal((await run({}))[0].windows[0].powerW, 400)
})

test('rivals start together and run in turn, in reverse order every second round', async () => {
  const said: string[] = []
  const counts: number[][] = []
  const rivals = await contestRivals(
    scenario,
    RIVALS,
    { seconds: 2, repeats: 2, seed: 1 },
    {
      progress: (text) => said.push(text),
      measured: (entries) => counts.push(entries.map(({ windows }) => windows.length)),
    },
    options,
  )
  assert.deepEqual(said, [
    'starting 4 processes for time-sliced, time-sliced again',
    'time-sliced, round 1 of 2',
    'time-sliced again, round 1 of 2',
    'time-sliced again, round 2 of 2',
    'time-sliced, round 2 of 2',
  ])
  assert.deepEqual(counts, [
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 2],
  ])
  assert.ok(rivals.every(({ failed }) => failed === undefined))
})

test('rivals with more processes than may run at once start in batches', async () => {
  const said: string[] = []
  const workers = Array.from({ length: 9 }, (_, i) => ({ ...scenario.workers[0], name: `${i}` }))
  const three = [...RIVALS, { name: 'third' }]
  const listener = { progress: (text: string) => said.push(text), measured: () => {} }
  const settings = { seconds: 2, repeats: 1, seed: 1 }
  await contestRivals({ ...scenario, workers }, three, settings, listener, options)
  assert.deepEqual(
    said.filter((text) => text.startsWith('starting')),
    ['starting 18 processes for time-sliced, time-sliced again', 'starting 9 processes for third'],
  )
})

test('a rival that does not fit beside others is tried again alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-rivals-'))
  const program = join(folder, 'worker')
  // The first two processes run out of memory.
  const noRoom = (n: number) =>
    `mkdir '${folder}/${n}' 2>/dev/null && { echo no room >&2; exit 1; }`
  const fake = `exec '${process.execPath}' '${FAKE}' gpu "$@"`
  writeFileSync(program, `#!/bin/sh\n${noRoom(1)}\n${noRoom(2)}\n${fake}\n`)
  chmodSync(program, 0o755)
  const settings = { seconds: 2, repeats: 1, seed: 1 }
  const rivals = await contestRivals(scenario, RIVALS, settings, silent, { command: [program] })
  rmSync(folder, { recursive: true })
  assert.deepEqual(
    rivals.map(({ windows, failed }) => [windows.length, failed]),
    [
      [1, undefined],
      [1, undefined],
    ],
  )
})

test('a plan with shares runs in a process for each worker, with its share and its priorities', () =>
  underControl('exit 0', async () => {
    const priorities = [3, 0]
    const shares: Plan = {
      ...plan,
      mechanism: 'mps',
      pool: [
        { cus: 66, owner: 0 },
        { cus: 52, owner: 1 },
      ],
      workers: plan.workers.map((one, w) => ({
        ...one,
        groups: [{ kernels: 3 - w, partition: w, priority: priorities[w] }],
      })),
    }
    const settings = { seconds: 2, repeats: 2, rivalRepeats: 1, seed: 1 }
    const { contest, rivals } = await runContest(
      scenario,
      {
        policies: [named('together'), { ...named('apart'), plan: shares }],
        rivals: [{ name: 'mps-50', mpsPercent: 50 }],
      },
      settings,
      silent,
      { ...options, environment: { ECLIP_FAKE_DEVICE: JSON.stringify({ uuid: 'GPU-1' }) } },
    )
    assert.deepEqual(
      [...contest.contestants, ...rivals].map(({ name, windows, failed }) => [
        name,
        failed,
        windows.length,
        windows.at(-1)?.workers.map(({ requestsPerSecond }) => Math.round(requestsPerSecond * 10)),
      ]),
      [
        ['together', undefined, 2, [300, 200]],
        ['apart', undefined, 1, [195, 80]],
        ['mps-50', undefined, 1, [150, 100]],
      ],
    )
    const rivalPowers = rivals.map(({ windows }) => windows[0].powerW)
    assert.deepEqual(rivalPowers, [401, 401], 'they run on the GPU that the policies ran on')
    const provenance = { description: 'test', command: 'eclip bench', date: '2026-11-23' }
    const { points } = pointsSchema.parse(pointsOf(scenario, contest, rivals, provenance))
    assert.deepEqual(
      points.map(({ told }) => typeof told),
      ['undefined', 'boolean'],
      'whether processes are told is said of shares alone',
    )
    assert.deepEqual(
      points.map(({ name, predictedSpeedup, workers }) => [
        name,
        predictedSpeedup,
        workers.map(({ share, groups }) => [share, groups[0].granules.length, groups[0].priority]),
      ]),
      [
        [
          'together',
          1.5,
          [
            [undefined, 2, 1],
            [undefined, 16, 0],
          ],
        ],
        [
          'apart',
          1.5,
          [
            [66, 16, 3],
            [52, 16, 0],
          ],
        ],
      ],
    )
  }))

test('a rival that cannot run is a row with the reason', async () => {
  const settings = { seconds: 2, repeats: 1, seed: 1 }
  const command = [process.execPath, FAKE, 'dead-on-arrival']
  const rivals = await contestRivals(scenario, RIVALS, settings, silent, { command })
  for (const { windows, failed } of rivals) {
    assert.deepEqual(windows, [])
    assert.match(failed ?? '', /^the PyTorch worker ended with code 1: [^\n]+$/)
  }
})
