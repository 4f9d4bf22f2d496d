import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeResult } from './sizing.test.fixture.js'
import { sizeText } from './text.js'

const PLAIN = { colours: 'plain' } as const

test('the answer comes first, then a row for each model, the GPUs and twice the demand', () => {
  const lines = sizeText(sizeResult(), PLAIN).split('\n')
  assert.equal(
    lines[0],
    'The demand fits 1.50 times over: headroom 50%. c is the first to miss its target. Simulated.',
  )
  const row = lines.find((line) => line.startsWith('a<b'))!
  assert.match(row, /120 +2 +25% +8 32 +0\.30 +2\.00 +4\.00 +6\.00 +10 +99\.99%/)
  assert.ok(lines.includes('One GPU is enough.'))
  assert.ok(
    lines.includes(
      'When twice the demand comes, 99.99% (a<b) and 50.00% (c) of the requests are in time.',
    ),
  )
  assert.ok(!lines.some((line) => line.startsWith('What would help')))
})

test('a demand that fits exactly fits, without headroom', () => {
  assert.match(
    sizeText(sizeResult({ goodput: 1 }), PLAIN),
    /^The demand fits 1\.00 times over: headroom 0%\./,
  )
})

test('the result of plain streams stands beside the plan, unless no plan carries anything', () => {
  const text = (more: Parameters<typeof sizeResult>[0]) => sizeText(sizeResult(more), PLAIN)
  assert.match(
    text({}),
    /\nPlain streams, one instance of each model and no shares, carry 0\.80 times the demand: the plan's gain over them is \+88%\.\n/,
  )
  for (const plainStreamsGoodput of [0, 0.004])
    assert.match(text({ plainStreamsGoodput }), /, carry less than 1% of the demand in time\.\n/)
  assert.doesNotMatch(text({ unreachable: ['c'] }), /Plain streams/)
})

test('the text says what the plan carries on a busy host, unless no plan carries anything', () => {
  const text = (more: Parameters<typeof sizeResult>[0]) => sizeText(sizeResult(more), PLAIN)
  const host =
    'On a busy host, which holds up 5% of the launches by 0.9 ms on average, the plan carries'
  assert.ok(text({}).includes(`\n${host} 1.20 times the demand.\n`))
  assert.ok(text({ busyHostGoodput: 0.004 }).includes(`\n${host} less than 1% of the demand.\n`))
  assert.ok(!text({ unreachable: ['c'] }).includes('busy host'))
})

test('the kernel-level check warns if it falls short of the quantile by more than chance', () => {
  const { sizing } = sizeResult()
  const warns = (attainment: number[]): boolean =>
    sizeText(sizeResult({ check: { ...sizing.check, attainment } }), PLAIN).includes(
      'That is less in time than was asked: count on carrying less.',
    )
  assert.ok(!warns([1, 0.985]))
  assert.ok(warns([0.97, 1]))
})

test('if the demand does not fit, everything that helps is named, the best first, and nothing else', () => {
  const text = sizeText(
    sizeResult({
      goodput: 0.6,
      gpus: 2,
      remedies: [
        { kind: 'second-gpu', goodput: 1.2 },
        { kind: 'looser-target', goodput: 0.8 },
        { kind: 'one-more-instance', goodput: 0.605 },
      ],
    }),
    PLAIN,
  )
  assert.match(text, /^The demand does not fit: 60% of it can be carried in time\./)
  assert.match(text, /The demand needs 2 such GPUs/)
  assert.match(
    text,
    /What would help, the best first: a second GPU that takes half of the requests \(1\.20 times the demand\); a target of 15\.0 ms for c \(0\.80 times the demand\)\.\n/,
  )
  assert.doesNotMatch(text, /one more instance/)
})

test('a search that was cut short does not say that the demand does not fit', () => {
  const text = (more: Parameters<typeof sizeResult>[0]) =>
    sizeText(sizeResult({ cutShort: true, ...more }), PLAIN)
  assert.match(
    text({ goodput: 0.6, gpus: 2 }),
    /^The best plan found carries 60% of the demand in time\. The search was cut short \(--states\): a longer one may find a plan that carries more\. c is the first to miss its target\. Simulated\.\n/,
  )
  assert.match(
    text({ goodput: 0, gpus: null }),
    /\nNo number of such GPUs carries the demand with this plan\.\n/,
  )
  assert.match(text({}), /^The demand fits 1\.50 times over/)
})

test('a small part of the demand is not shown as nothing', () => {
  const remedies = [{ kind: 'second-gpu', goodput: 0.00357 }] as const
  const small = sizeResult({ goodput: 0.00179, remedies })
  assert.match(sizeText(small, PLAIN), /half of the requests \(0\.00357 times the demand\)/)
})

test('a target that no plan meets is named first', () => {
  const remedies = [{ kind: 'second-gpu', goodput: 0 }] as const
  const text = sizeText(sizeResult({ goodput: 0, gpus: null, unreachable: ['c'], remedies }), PLAIN)
  assert.match(
    text,
    /^The demand does not fit: no plan meets a target shorter than the latency alone, which is that of c\. Simulated\.\n[\s\S]*No number of such GPUs carries the demand\./,
  )
  assert.doesNotMatch(text, /would help/)
})

test('a check in which no request was answered tells no energy of one', () => {
  const { check } = sizeResult().sizing
  const none = { joulesPerRequest: Number.POSITIVE_INFINITY, answered: [0, 0], attainment: [0, 0] }
  const modelJoulesPerRequest = [Number.NaN, Number.NaN]
  assert.match(
    sizeText(sizeResult({ check: { ...check, ...none, modelJoulesPerRequest } }), PLAIN),
    /\nKernel by kernel, [^\n]*: at least 0\.00% of each model in time, 432 W\. That is less/,
  )
})

test('energy is given by model, and a model without requests has a dash', () => {
  const result = sizeResult()
  const [first, second] = result.sizing.models
  const text = sizeText(
    sizeResult({ models: [{ ...first, attainment: Number.NaN }, second] }),
    PLAIN,
  )
  assert.match(text, /0\.321 J a request \(0\.200 of a<b and 0\.442 of c\)\.$/)
  assert.match(text.split('\n').find((line) => line.startsWith('a<b'))!, /10 +–$/)
})
