import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeDevice } from '../../../device/device.js'
import { windowOf } from '../../../device/partition.js'
import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import { loadScenario } from '../../../io/scenario.js'
import { buildPlan, PoolBuilder } from '../../../plan/build.js'
import type { Verdict } from '../../../plan/judgement.js'
import type { Plan } from '../../../plan/plan.js'
import { requestUs } from '../../../profile/duration.js'
import { metricsOf } from '../../../simulate/metrics.js'
import type { KernelSpan } from '../../../simulate/result.js'
import { simulate } from '../../../simulate/simulate.js'
import { recordedErrorOf } from '../../../validate/recorded-error.js'
import type { Scenario } from '../../../workload/scenario.js'
import { checkPage, factsOf, named, rowsOf, textOf } from '../../kit/markup.test.fixture.js'
import { tinyScenario, tinySpans } from '../../tiny-mix.test.fixture.js'
import { conclusion } from './conclusion.js'
import { facts, trustText } from './facts.js'
import { judgementWith, outcome } from './outcomes.test.fixture.js'
import { compareReport } from './page.js'

const tiny: PolicyOutcome[] = [
  {
    ...outcome('baseline', { normalized: [0.2, 1], powerW: 600 }),
    recording: { durationUs: 100, kernels: tinySpans, arrivals: [], samples: [] },
  },
  outcome('windows', { normalized: [0.7, 0.8], powerW: 600 }),
]

test('a report holds its conclusion, every policy and every section', () => {
  const report = { scenario: tinyScenario, outcomes: tiny, settings: { seed: '<1>' } }
  const page = checkPage(compareReport(report))
  const text = textOf(page)
  assert.ok(text.includes(conclusion(tiny)))
  assert.ok(text.includes('<b>&"bold"</b>/8'), 'names are text, not markup')
  assert.deepEqual(
    named(page, 'section').map(({ attributes }) => attributes.id),
    [
      'overview',
      'workload',
      'throughput',
      'latency',
      'energy',
      'right-size',
      'plans',
      'timeline',
      'sources',
      'definitions',
    ],
  )
})

/** The figures in the head of the page of these outcomes. */
const headOf = (outcomes: readonly PolicyOutcome[]): string[][] =>
  factsOf(checkPage(compareReport({ scenario: tinyScenario, outcomes }))).map(
    ([label, ...rest]) => [label.trim(), ...rest],
  )

test('the head has the best policy and what it reaches against baseline', () => {
  assert.deepEqual(headOf(tiny), [
    ['Most work', 'windows'],
    ['Weighted speedup', '1.50', 'simulated; +25% against baseline'],
    ['Work per kilojoule', '2.50', 'simulated; +25% against baseline'],
    ['Lowest worker', '0.70', 'simulated; 0.20 under baseline'],
  ])
  assert.deepEqual(headOf(tiny.slice(0, 1)), [
    ['Most work', 'baseline'],
    ['Weighted speedup', '1.20', 'simulated'],
    ['Work per kilojoule', '2.00', 'simulated'],
    ['Lowest worker', '0.20', 'simulated'],
  ])
})

test('under open loads the head has the headroom and the power, and how many targets are met', () => {
  const open = (one: PolicyOutcome, headroom: number, ...verdicts: Verdict[]): PolicyOutcome => {
    const workers = one.judgement.workers.map((worker, w) => ({
      ...worker,
      ...(verdicts[w] && { p95Target: { asked: 20, margin: 0.1, verdict: verdicts[w] } }),
    }))
    return { ...one, judgement: { ...one.judgement, headroom, workers } }
  }
  const [base, best] = tiny
  const summarised = { ...open(best, 1.5, 'met', 'met'), summary: 'overlapping windows' }
  assert.deepEqual(headOf([open(base, 0.8, 'missed', 'met'), summarised]), [
    ['Most headroom', 'windows', 'overlapping windows'],
    ['Targets met', '2 of 2', 'in all further runs that are likely'],
    ['Headroom', '1.50×', 'simulated; 0.80× under baseline'],
    ['Power', '600 W', 'simulated; 600 W under baseline'],
  ])
  assert.deepEqual(headOf([open(base, 0.8, 'unclear', 'met')]).slice(1), [
    ['Targets met', '1 of 2', 'unclear: see Workload'],
    ['Headroom', '0.80×', 'simulated'],
    ['Power', '600 W', 'simulated'],
  ])
})

test('figures say what they show and what their mark is, and bars have the value of each policy', () => {
  const page = checkPage(compareReport({ scenario: tinyScenario, outcomes: tiny }))
  const sections = new Map(named(page, 'section').map((one) => [one.attributes.id, one]))
  const captions = (id: string): string[] => named(sections.get(id)!, 'figcaption').map(textOf)
  assert.deepEqual(captions('energy'), ['Energy by policy The mark is baseline.'])
  assert.deepEqual(captions('throughput'), [
    'Weighted speedup, by policy and worker The mark is baseline.',
    'Normalized throughput of each worker All panels have one scale; 1 would be as fast as alone on the whole device, under the same load.',
  ])
  assert.deepEqual(captions('latency'), [
    'p95 latency of each worker, ms The mark is baseline. Bars far beyond the others are cut off.',
  ])
  assert.deepEqual(captions('timeline'), ['baseline 0.1 ms of the simulation.'])
  const energy = sections.get('energy')!
  assert.deepEqual(named(energy, 'h3').map(textOf), [
    'Requests per joule',
    'Work per kilojoule',
    'Power, W',
  ])
  assert.deepEqual(named(energy, 'desc').map(textOf), [
    'baseline 0.200; windows 0.250',
    'baseline 2.00; windows 2.50',
    'baseline 600; windows 600',
  ])
  assert.deepEqual(
    named(energy, 'text').map(textOf),
    [
      ['0.200', '0.250'],
      ['2.00', '2.50'],
      ['600', '600'],
    ].flatMap(([base, best]) => ['baseline', base, 'windows', best]),
  )
  const [timeline] = named(sections.get('timeline')!, 'svg')
  const holders = textOf(sections.get('timeline')!).match(/held by ([^ ]+) /g)
  assert.ok(holders?.includes('held by stairs/8 '), `${holders}`)
  assert.match(textOf(timeline), /stairs\/8 holds \d+% of the compute units; <b>/)
})

test('the title has each model once, with its batch if they differ', () => {
  const titleOf = (...batches: number[]): string => {
    const [worker] = tinyScenario.workers
    const workers = batches.map((batch) => ({ ...worker, profile: { ...worker.profile, batch } }))
    const numbers = { normalized: tinyScenario.workers.map(() => 1), powerW: 600 }
    const scenario = { ...tinyScenario, workers }
    const page = compareReport({ scenario, outcomes: [outcome('baseline', numbers)] })
    return textOf(named(checkPage(page), 'h1')[0])
  }
  assert.equal(titleOf(8, 8), '2\u{A0}×\u{A0}stairs, batch 8, on one TINY, simulated')
  assert.equal(titleOf(8, 4), 'stairs/8 and stairs/4 on one TINY, simulated')
})

test('how plans were found: their partitions, and what a solver proved', () => {
  const [base, best] = tiny
  const solver = {
    method: 'ilp',
    status: 'optimal',
    objective: 12.5,
    bound: 12,
    gap: 0.04,
  } as const
  const sizes = (count: number) => Array.from({ length: count }, (_, i) => ({ cus: 8 + 8 * i }))
  const of = (policy: string, change: Partial<Plan>): PolicyOutcome => ({
    ...best,
    policy,
    plan: { ...best.plan, ...change },
  })
  const evidence = { ...best.plan.evidence, solver }
  const unproven = { ...evidence, solver: { ...solver, status: 'feasible' as const, gap: null } }
  const outcomes = [
    base,
    of('proven', { evidence, pool: [...best.plan.pool, ...best.plan.pool] }),
    of('placed', { evidence: unproven, mechanism: 'hardware', pool: sizes(2) }),
    of('both', { mechanism: 'mask-call', pool: [...best.plan.pool, ...sizes(1)] }),
  ]
  const page = checkPage(compareReport({ scenario: tinyScenario, outcomes }))
  assert.deepEqual(rowsOf(page, 'Plans and their evidence'), [
    ['Policy', 'Partitions', 'Kernel groups', 'Method', 'Status', 'Objective', 'Gap'],
    ['baseline', '1 fixed; pooled streams', '2', 'by rule', '', '', ''],
    ['proven', '2 fixed; pooled streams', '2', 'ilp', 'optimal', '12.5', '4.00%'],
    ['placed', '2 sizes; set in hardware', '2', 'ilp', 'feasible', '12.5', ''],
    ['both', '1 fixed, 1 size; mask calls', '2', 'by rule', '', '', ''],
  ])
})

test('worker by worker: loads and verdicts of the best policy, folded those of others, and each metric by policy', () => {
  const judged = tiny.map((one, i) => {
    const [first, second] = one.judgement.workers
    const p95Target = { asked: 20, margin: 0.25, verdict: i === 0 ? 'missed' : 'met' } as const
    const workers = [{ ...first, p95Target }, second]
    return { ...one, judgement: { ...one.judgement, workers } }
  })
  const page = checkPage(compareReport({ scenario: tinyScenario, outcomes: judged }))
  const [a, b] = tinyScenario.workers.map(({ name }) => name)
  const [best, ...others] = named(page, 'table').flatMap(
    ({ children: [caption] }) => /^Worker by worker, under (.*)$/.exec(textOf(caption))?.[1] ?? [],
  )
  assert.deepEqual([best, ...others], ['windows', 'baseline'])
  assert.deepEqual(rowsOf(page, 'Worker by worker, under windows'), [
    [
      ...['Worker', 'offered req/s', 'served req/s', 'served samples/s', 'p95 ms', 'p95 of a run'],
      ...['target ms', 'margin', 'verdict'],
    ],
    [a, 'closed', '70.0', '560', '14.3', '14.3 to 14.3', '20.0', '25%', 'met'],
    [b, 'closed', '80.0', '640', '12.5', '12.5 to 12.5', '–', '–', '–'],
  ])
  const tones = named(page, 'span').flatMap(({ attributes, text }) =>
    attributes.class === 'good' || attributes.class === 'bad' ? `${text} ${attributes.class}` : [],
  )
  assert.ok(tones.includes('met good') && tones.includes('missed bad'), `${tones}`)
  assert.deepEqual(rowsOf(page, 'Normalized throughput by policy and worker'), [
    ['Policy', a, b],
    ['baseline', '0.20', '1.00'],
    ['windows', '0.70', '0.80'],
  ])
  assert.deepEqual(rowsOf(page, 'p50 / p95 / p99 latency in ms by policy and worker'), [
    ['Policy', a, b],
    ['baseline', '40.0 / 50.0 / 55.0', '8.00 / 10.0 / 11.0'],
    ['windows', '11.4 / 14.3 / 15.7', '10.0 / 12.5 / 13.8'],
  ])
})

test('the sources of the page: settings, then profiles by their origin', () => {
  const [first, second] = tinyScenario.workers
  const software = { torch: '2.1', driver: '580' }
  const measured = {
    ...first,
    profile: { ...first.profile, source: 'measured' as const, description: 'By us.', software },
  }
  const scenario = { ...tinyScenario, workers: [measured, second] }
  const only = outcome('baseline', { normalized: [1, 1], powerW: 600 })
  const page = checkPage(
    compareReport({ scenario, outcomes: [only], settings: { seed: '7', mix: 'a' } }),
  )
  const { model } = second.profile
  assert.deepEqual(rowsOf(page, 'Settings and profiles'), [
    ['What', 'Source'],
    ['seed', '7'],
    ['mix', 'a'],
    ['measured profiles', 'stairs/8 (3 kernels). By us. With torch 2.1 and driver 580.'],
    ['synthesized profiles', `${model}/8 (2 kernels). `],
  ])
})

test('the same results give the same bytes', () => {
  const report = { scenario: tinyScenario, outcomes: tiny }
  assert.equal(compareReport(report), compareReport(report))
})

test('a worker that finished nothing is reported as such', () => {
  const starved = outcome('starved', { normalized: [0, 1], powerW: 500 })
  const { metrics } = starved
  const workers = metrics.workers.map((worker, i) =>
    i === 0 ? { ...worker, p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN } : worker,
  )
  const outcomes = [...tiny, { ...starved, metrics: { ...metrics, workers } }]
  const text = textOf(checkPage(compareReport({ scenario: tinyScenario, outcomes })))
  assert.ok(text.includes('n/a'))
})

test('a change is coloured by whether it helps, and no change is not', () => {
  const same = outcome('same', { normalized: [0.2, 1], powerW: 600 })
  const worse = outcome('worse', { normalized: [0.2, 0.5], powerW: 600 })
  const page = checkPage(
    compareReport({ scenario: tinyScenario, outcomes: [...tiny, same, worse] }),
  )
  const changes = named(page, 'small').filter((small) => /^[+−±][\d.]+%$/.test(textOf(small)))
  const tones = changes.map((small) => `${textOf(small)[0]} ${small.attributes.class ?? 'none'}`)
  assert.deepEqual([...new Set(tones)].sort(), ['+ good', '± none', '− bad'])
})

test('where several numbers of the device have one source, their values stand beside it', () => {
  const provenance = {
    'costs.switchUs, power.idleW': 'a guess',
    granules: 'a count',
    other: 'text',
  }
  const device = { ...tinyScenario.device, provenance }
  const page = checkPage(compareReport({ scenario: { ...tinyScenario, device }, outcomes: tiny }))
  assert.deepEqual(
    rowsOf(page, 'The numbers of tiny, and where each comes from').map(([what, value]) => [
      what,
      value,
    ]),
    [
      ['What', 'Value'],
      ['costs.switchUs, power.idleW', `${device.costs.switchUs}, ${device.power.idleW}`],
      ['granules', '4 × 8'],
      ['other', ''],
    ],
  )
  const values = `${device.costs.switchUs}, ${device.power.idleW}`
  assert.ok(textOf(page).includes(`costs.switchUs, power.idleW${values}a guess`))
})

test('a single policy makes a report too', () => {
  checkPage(compareReport({ scenario: tinyScenario, outcomes: tiny.slice(1) }))
})

function planOf(
  scenario: Scenario,
  policy: string,
  granulesOf: (w: number) => readonly number[],
): Plan {
  const pool = new PoolBuilder()
  const groups = scenario.workers.map(({ profile }, w) => [
    { kernels: profile.kernels.length, partition: pool.pooled(granulesOf(w), w), priority: 0 },
  ])
  const evidence = { policy, parameters: {} }
  return buildPlan(scenario, { mechanism: 'pooled', pool: pool.entries, groups, evidence })
}

test('the four-model mix with eight timelines stays below 3 MB', () => {
  const scenario = loadScenario('resnet152+densenet201+vgg19+albert@8')
  const { device } = scenario
  const soloRates = scenario.workers.map(({ profile }) => 1e6 / requestUs(profile, 132))
  const run = (policy: string, granulesOf: (w: number) => readonly number[]): PolicyOutcome => {
    const plan = planOf(scenario, policy, granulesOf)
    const timeline: KernelSpan[] = []
    const onKernel = (span: KernelSpan): void => {
      timeline.push({ ...span, granules: [...span.granules] })
    }
    const result = simulate(scenario, plan, { warmupUs: 0, durationUs: 30_000, onKernel })
    const metrics = metricsOf(result, soloRates)
    const recording = { durationUs: 30_000, kernels: timeline, arrivals: [], samples: [] }
    const judgement = judgementWith(metrics)
    return { policy, plan, metrics, lowest: metrics, highest: metrics, judgement, recording }
  }
  const baseline = run('baseline', () => wholeDevice(device))
  const equal = run('equal', (w) => windowOf(4 * w, 4, 16))
  const more = ['a', 'b', 'c', 'd', 'e', 'f'].map((policy) => ({ ...baseline, policy }))
  const file = compareReport({ scenario, outcomes: [baseline, equal, ...more] })
  checkPage(file)
  assert.ok(Buffer.byteLength(file) < 3_000_000, `${Buffer.byteLength(file)} bytes`)
})

test('the head says how far to trust the simulation, if that was recorded', () => {
  const tinyPage = textOf(checkPage(compareReport({ scenario: tinyScenario, outcomes: tiny })))
  assert.match(tinyPage, /on one TINY, simulated/)
  assert.match(tinyPage, /nothing was measured to say how far off/)
  const device = { ...tinyScenario.device, provenance: { status: 'modelled: from its data sheet' } }
  const modelled = compareReport({ scenario: { ...tinyScenario, device }, outcomes: tiny })
  assert.match(textOf(checkPage(modelled)), /the tiny is modelled: from its data sheet\./)
  const scenario = loadScenario('vgg19/8+albert/8')
  const head = checkPage(compareReport({ scenario, outcomes: tiny }))
  assert.match(textOf(head), /on one H200, simulated, ±3\.7%/)
  assert.match(textOf(head), /±5% of a worker’s rate, ±5\.4% of p95 and ±3\.7% of power/)
  assert.doesNotMatch(textOf(head), /None of these runs/)
})

test('no recorded error is claimed for anything that was never run', () => {
  const scenario = loadScenario('vgg19/8+albert/8')
  const [base, best] = tiny
  const outcomes = [
    base,
    { ...best, policy: 'mig', plan: { ...best.plan, mechanism: 'mig' as const } },
  ]
  assert.match(
    trustText(scenario, outcomes),
    / None of these runs was under mig: how far off those figures are is unknown\.$/,
  )
  const error = recordedErrorOf(scenario)
  assert.match(`${facts(tiny, error)[1].detail}`, /±/)
  assert.doesNotMatch(`${facts(outcomes, error)[1].detail}`, /±/)
})
