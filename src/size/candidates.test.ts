import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadDemand } from '../io/demand.js'
import type { Demand } from '../workload/demand.js'
import {
  type Choice,
  evenChoice,
  evenChoices,
  fewerAtOnce,
  habitsOf,
  isEven,
  type ModelChoice,
  otherConcurrencies,
  placesOf,
  planOf,
  type Reach,
  totalInstances,
} from './candidates.js'

const shipped = loadDemand('resnet152/1:60@5x+vgg19/8:120@20ms')
const demand: Demand = {
  ...shipped,
  models: shipped.models.map((model, m) => ({ ...model, mostInstances: [3, 5][m] })),
}
/** A device on which a process cannot be limited, so that each has the whole of it. */
const free: Demand = { ...demand, device: { ...demand.device, vendor: 'amd' } }
const DEVICE_CUS = 132
const SHARE_CUS = [26, 33, 40, 46, 53, 66, 79, 106, 132]
const HEAD_STARTS = [0, 0.5, 1, 2]

const modelOf = (m: number): fc.Arbitrary<ModelChoice> =>
  fc.record({
    instances: fc.integer({ min: 1, max: demand.models[m].mostInstances }),
    share: fc.constantFrom(...SHARE_CUS),
    largestBatch: fc.nat(demand.models[m].profiles.length - 1),
    maxDelayMs: fc.constantFrom(0, 0.5, 2),
    headStart: fc.constantFrom(...HEAD_STARTS),
  })
const choices: fc.Arbitrary<Choice> = fc
  .tuple(modelOf(0), modelOf(1), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([a, b, part]) => {
    const models = [a, b]
    const concurrency = 1 + Math.round(part * (totalInstances(models) - 1))
    return { mechanism: 'mps', models, concurrency }
  })

const keyOf = (choice: Choice): string => JSON.stringify(choice)

test('an even choice treats all models alike: no delay, no head start, and all its batches or the smallest one', () => {
  const choice = evenChoice(demand, 4, 40, 'smallest')
  const alike = { share: 53, largestBatch: 0, maxDelayMs: 0, headStart: 0 }
  assert.deepEqual(choice.models, [
    { instances: 3, ...alike },
    { instances: 4, ...alike },
  ])
  const all = evenChoice(demand, 4, 40, 'all').models.map(({ largestBatch }) => largestBatch)
  assert.deepEqual(
    all,
    demand.models.map(({ profiles }) => profiles.length - 1),
  )
})

/** Checks that candidates are exactly those expected, each once. */
function sameChoices(found: Iterable<Choice>, expected: readonly Choice[]): void {
  const keys = [...found].map(keyOf)
  assert.equal(new Set(keys).size, keys.length)
  assert.deepEqual(keys.toSorted(), [...new Set(expected.map(keyOf))].sort())
}

test('places: every share in reach with every number of instances, and simultaneous launches to suit', () => {
  fc.assert(
    fc.property(choices, fc.nat(1), fc.constantFrom<Reach>('near', 'far'), (choice, m, reach) => {
      const { models, concurrency } = choice
      const own = models[m]
      const at = SHARE_CUS.indexOf(own.share)
      const most = Math.min(demand.models[m].mostInstances, Math.max(3, own.instances + 1))
      const expected = SHARE_CUS.flatMap((share, i) => {
        if (reach === 'near' && (i < at - 1 || i > at + 1)) return []
        return [1, 2, 3, 4, 5].flatMap((instances) => {
          if (instances > most) return []
          const changed = models.with(m, { ...own, share, instances })
          const total = changed[0].instances + changed[1].instances
          const tried = [concurrency]
          if (instances > own.instances) tried.push(concurrency + 1, total)
          if (instances < own.instances) tried.push(concurrency - 1, total)
          return tried
            .filter((atOnce) => atOnce >= 1 && atOnce <= total)
            .map((atOnce) => ({ ...choice, models: changed, concurrency: atOnce }))
        })
      })
      const found = [...placesOf(demand, choice, m, reach)]
      sameChoices(found, expected)
      const steps = found.map((one) => Math.abs(SHARE_CUS.indexOf(one.models[m].share) - at))
      assert.deepEqual(
        steps,
        steps.toSorted((a, b) => a - b),
      )
    }),
  )
})

test('on a device that cannot limit a process, its share stays as it is', () => {
  const choice = evenChoice(free, 2, 40, 'all')
  assert.equal(choice.mechanism, 'streams')
  for (const { models } of placesOf(free, choice, 0, 'far')) {
    assert.equal(models[0].share, DEVICE_CUS)
  }
})

test('habits: the next head starts, the next batch sizes, and delays if requests can be batched', () => {
  fc.assert(
    fc.property(choices, fc.nat(1), (choice, m) => {
      const { models } = choice
      const own = models[m]
      const { profiles, samples, targetUs } = demand.models[m]
      const start = HEAD_STARTS.indexOf(own.headStart)
      const changes = [
        ...HEAD_STARTS.filter((_, i) => Math.abs(i - start) === 1).map((headStart) => ({
          headStart,
        })),
        ...profiles.flatMap((_, i) =>
          Math.abs(i - own.largestBatch) === 1 ? [{ largestBatch: i }] : [],
        ),
        ...[0, 0.05, 0.1, 0.2]
          .filter(() => profiles[own.largestBatch].batch > samples)
          .map((part) => ({ maxDelayMs: (part * targetUs) / 1000 })),
      ]
      sameChoices(
        habitsOf(demand, choice, m),
        changes.map((change) => ({ ...choice, models: models.with(m, { ...own, ...change }) })),
      )
    }),
  )
})

test('simultaneous launches: up to two more or fewer, and as many as instances, or parts of these', () => {
  fc.assert(
    fc.property(choices, (choice) => {
      const { models, concurrency: now } = choice
      const total = models[0].instances + models[1].instances
      const among = (tried: readonly number[]): Choice[] =>
        [...new Set(tried)]
          .filter((concurrency) => concurrency >= 1 && concurrency <= total)
          .map((concurrency) => ({ ...choice, concurrency }))
      sameChoices(otherConcurrencies(choice), among([now - 2, now - 1, now + 1, now + 2, total]))
      const parts = [0.8, 0.65, 0.5, 0.4, 0.3].map((part) => Math.round(part * total))
      assert.deepEqual(fewerAtOnce(choice), among(parts.filter((count) => count < now)))
    }),
  )
})

test('even choices: the smallest batches first of all, most instances first, each as its model allows', () => {
  const one = {
    ...demand,
    models: demand.models.with(0, { ...demand.models[0], mostInstances: 2 }),
  }
  const tried = [...evenChoices(one, 50)]
  assert.deepEqual(
    tried.map(({ models: [a, b], concurrency }) => [
      ...[a.instances, b.instances, a.largestBatch, b.largestBatch],
      concurrency,
    ]),
    [
      [2, 3, 0, 0, 5],
      [2, 2, 0, 0, 4],
      [1, 1, 0, 0, 2],
      [2, 3, 2, 1, 5],
      [2, 2, 2, 1, 4],
      [1, 1, 2, 1, 2],
    ],
  )
  for (const choice of tried) {
    assert.ok(isEven(choice, one))
    for (const change of [{ share: 1 }, { maxDelayMs: 1 }]) {
      const [first, second] = choice.models
      assert.ok(!isEven({ ...choice, models: [first, { ...second, ...change }] }, one))
      assert.ok(!isEven({ ...choice, models: [{ ...first, ...change }, second] }, one))
    }
  }
  const { models, ...rest } = evenChoice(one, 1, 50, 'all')
  const [first, second] = models
  assert.ok(!isEven({ ...rest, models: [{ ...first, largestBatch: 0 }, second] }, one))
  assert.ok(isEven({ ...rest, models: [{ ...first, largestBatch: 1 }, second] }, one))
  // The first model may have two instances at most, the second five.
  const even = [1, 2, 3].map((a) =>
    [1, 2, 3, 5].filter((b) => {
      const other = { ...second, instances: b }
      return isEven({ ...rest, models: [{ ...first, instances: a }, other] }, one)
    }),
  )
  assert.deepEqual(even, [[1], [2, 3, 5], []])
})

test('a plan states the choice in ms, what the demand asks of each model, and what to expect of each batch size', () => {
  const [first, second] = demand.models
  const asking = { ...demand, models: [first, { ...second, priorityClass: 'high' as const }] }
  fc.assert(
    fc.property(choices, (choice) => {
      const expected = (m: number, batch: number) => [m + batch, 2 * (m + batch)]
      const crowded = { ...choice, concurrency: choice.concurrency + 9 }
      const { device, models, evidence, ...rest } = planOf(asking, crowded, expected)
      assert.deepEqual(rest, {
        format: 'eclip.serving/1',
        mechanism: 'mps',
        concurrency: Math.min(crowded.concurrency, totalInstances(choice.models)),
        priority: 'deadline',
        evenMisses: true,
      })
      assert.equal(device.name, demand.device.name)
      assert.equal(evidence.policy, 'size')
      models.forEach((model, m) => {
        const { largestBatch, headStart, ...decided } = choice.models[m]
        const { name, model: source, samples, targetUs, quantile, profiles } = asking.models[m]
        const batches = profiles.map(({ batch }) => batch).filter((_, i) => i <= largestBatch)
        const targetMs = targetUs / 1000
        assert.deepEqual(model, {
          ...decided,
          ...{ name, model: source, samples, batches, targetMs, quantile },
          ...(headStart > 0 && { headStartMs: headStart * targetMs }),
          priorityClass: ['normal', 'high'][m],
          late: 'drop',
          expectedMs: Object.fromEntries(batches.map((batch) => [batch, expected(m, batch)])),
        })
      })
    }),
  )
})
