import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { sum } from '../../numbers.js'
import { createRandom } from '../../random.js'
import { logNormalBatches } from '../../schedule/partitions/batch-sizes.js'
import { contentionOf } from '../../simulate/model/contention.js'
import { gpuNamed, gpus } from '../gpus/registry.js'
import type { LatencyModel } from '../latency-model.js'
import { isLegal, layoutKey } from '../layout.js'
import { efficientShare, sharesByGpu } from './gpulet.js'
import { gslice, tunedShare } from './gslice.js'
import { fractionalPerS, planParis } from './paris.js'
import {
  CONTENTION_PER_SHARE,
  isPartitioning,
  type PartitionProblem,
  softPartitioning,
} from './partitioner.js'
import { partitioners } from './registry.js'

/** A model with a fixed part that no unit shortens, so that small partitions waste least. */
const light: LatencyModel = {
  model: 'light',
  source: 'made up',
  maxBatch: 16,
  latencyUs: (cus, batch) => 400 + (9000 * batch) / Math.min(cus, 40),
}

function problemOf(gpu: string, gpus: number, slaUs: number): PartitionProblem {
  return {
    gpu: gpuNamed(gpu),
    gpus,
    latency: light,
    distribution: logNormalBatches({ median: 4, sigma: 0.8, maxBatch: 16 }),
    slaUs,
    quantile: 0.95,
    random: createRandom(3),
  }
}

test('partitioners have a short name, a title and a source', () => {
  for (const [key, { name, title, source }] of partitioners) {
    assert.equal(name, key)
    assert.match(name, /^[a-z]+(-[a-z]+)*$/)
    assert.match(title, / /)
    assert.match(source, /arXiv|20\d\d|ours/)
  }
})

for (const partitioner of partitioners.values()) {
  test(`${partitioner.name}: its partitions of every GPU are legal and fit`, async () => {
    for (const { name, cus } of gpus.values()) {
      for (const gpus of [1, 3]) {
        const problem = problemOf(name, gpus, 40_000)
        const outcomes = await partitioner.partition(problem)
        assert.ok(outcomes.length > 0)
        for (const outcome of outcomes) {
          assert.ok(isPartitioning(outcome), `${outcome.name} on ${name}`)
          for (let gpu = 0; gpu < gpus; gpu++) {
            const mine = outcome.partitions.filter((partition) => partition.gpu === gpu)
            assert.ok(mine.length > 0)
            assert.ok(sum(mine.map((partition) => partition.cus)) <= cus)
            assert.ok(mine.every(({ slowdown }) => slowdown >= 1))
          }
          assert.equal(outcome.layouts !== undefined, outcome.kind === 'hardware')
          for (const layout of outcome.layouts ?? []) {
            assert.ok(isLegal(problem.gpu, layout), layoutKey(layout))
          }
        }
      }
    }
  })

  test(`${partitioner.name}: the same seed gives the same partitions`, async () => {
    const [first, second] = [
      await partitioner.partition(problemOf('h200', 2, 40_000)),
      await partitioner.partition(problemOf('h200', 2, 40_000)),
    ]
    assert.deepEqual(second, first)
  })
}

test('a partitioner without an answer gives the reason', async () => {
  const names = ['gpulet', 'gslice', 'parvagpu']
  for (const partitioner of [...partitioners.values()].filter(({ name }) => names.includes(name))) {
    const [outcome] = await partitioner.partition(problemOf('h200', 1, 100))
    assert.ok(!isPartitioning(outcome))
    assert.match(outcome.reason, /\w/)
  }
})

test('gpulet: takes the share at the steepest rise of throughput, among those that meet the target', () => {
  // The first share gains most per percent, unless one sample on its 26 units misses the target.
  assert.equal(efficientShare(light, 132, 20_000), 20)
  assert.equal(efficientShare(light, 132, 1600), 40)
  assert.equal(efficientShare(light, 132, 100), undefined)
})

test('soft shares are slowed by what the others hold, within the range that was fitted on an H200', () => {
  const problem = problemOf('h200', 2, 40_000)
  const { partitions, kind } = softPartitioning('soft', problem, [[50, 50], [20, 60], [100]])
  assert.equal(kind, 'soft')
  assert.deepEqual(
    partitions.map(
      ({ gpu, name, cus, slowdown }) => `${gpu} ${name} ${cus} ${slowdown.toFixed(4)}`,
    ),
    [
      '0 50% 66 1.0950',
      '0 50% 66 1.0950',
      '1 20% 26 1.1140',
      '1 60% 79 1.0380',
      '2 100% 132 1.0000',
    ],
  )
  const { memory, memoryFloor } = contentionOf(h200)
  assert.ok(CONTENTION_PER_SHARE >= memory * memoryFloor)
  assert.ok(CONTENTION_PER_SHARE <= memory * (memoryFloor + 1))
})

/** The shares that GSLICE tries on an H200, as units, and the one where it settles. */
function gsliceTrace(slaUs: number): { units: number[]; share: number | undefined } {
  const units: number[] = []
  const latencyUs = (cus: number): number => {
    units.push(cus)
    return 660_000 / cus
  }
  const problem = problemOf('h200', 1, slaUs)
  const share = tunedShare({ ...problem, latency: { ...light, latencyUs } })
  return { units, share }
}

test('gslice: a share moves in proportion to itself and to how far off it is, in steps of 5 percent', () => {
  // Half of 132 units take 10 ms, and twice that is half of the target, so half of the share goes. Then the target
  // is met exactly. One step less is too little, and one step more has been tried.
  assert.deepEqual(gsliceTrace(40_000), { units: [66, 33, 26], share: 25 })
  // A third too slow: a third of 50 is 15 in steps. Then the smallest step goes up, down, and up again.
  assert.deepEqual(gsliceTrace(15_000), { units: [66, 85, 92, 85], share: 70 })
})

test('gslice: a share is tuned for the batch that the requested share of requests does not exceed', () => {
  const asked = new Set<number>()
  const latencyUs = (cus: number, batch: number): number => {
    asked.add(batch)
    return 1000 / cus
  }
  const distribution = Float64Array.of(0, 0.5, 0, 0.4, 0, 0, 0.1)
  const problem = {
    ...problemOf('h200', 1, 40_000),
    distribution,
    latency: { ...light, latencyUs },
  }
  tunedShare({ ...problem, quantile: 0.89 })
  tunedShare({ ...problem, quantile: 0.91 })
  assert.deepEqual([...asked], [3, 6])
})

test('gslice: takes the whole GPU if half of the target is out of reach but the target is not', () => {
  assert.equal(gsliceTrace(9000).share, 100)
  assert.equal(gsliceTrace(5000).share, 100)
  assert.equal(gsliceTrace(4999).share, undefined)
})

test('gslice: makes as many equal copies as the share leaves room for', async () => {
  const shares: number[] = []
  for (const slaUs of [5000, 9000, 20_000, 60_000]) {
    const problem = problemOf('h200', 2, slaUs)
    const share = tunedShare(problem)!
    shares.push(share)
    const [outcome] = await gslice.partition(problem)
    assert.ok(isPartitioning(outcome))
    const copies = outcome.partitions.length / 2
    assert.ok(copies * share <= 100 && (copies + 1) * share > 100, `${copies} of ${share}%`)
    assert.deepEqual(
      outcome.partitions.map(({ name, gpu }) => `${gpu} ${name}`),
      [0, 1].flatMap((gpu) => Array<string>(copies).fill(`${gpu} ${Math.floor(100 / copies)}%`)),
    )
  }
  assert.ok(shares[0] > 50 && shares[3] < 10, `${shares}`)
})

test('gslice: a looser target takes a smaller share', () => {
  const [tight, loose] = [9000, 60_000].map((sla) => tunedShare(problemOf('h200', 1, sla))!)
  assert.ok(loose < tight, `${loose} and ${tight}`)
})

test('gpulet: the steepness of a step counts from the last step that counted', () => {
  // Requests per ms by percent of 100 units. The step from 40 to 50 is the steepest, with 1.2 per percent. 60 gains
  // less than 5% and is no step, so from 50 to 80 the rise is 35 in 30, not 34.5 in 20.
  const rates: Readonly<Record<number, number>> = {
    20: 10,
    40: 12,
    50: 24,
    60: 24.5,
    80: 59,
    100: 60,
  }
  const latency: LatencyModel = {
    ...light,
    maxBatch: 1,
    latencyUs: (cus) => 1000 / (1.1 * rates[cus]),
  }
  assert.equal(efficientShare(latency, 100, 1000), 50)
  // A batch takes 1.1 times its latency, and twice that must be within the target.
  assert.equal(efficientShare(latency, 100, 2000 / 59 + 1e-9), 80)
  assert.equal(efficientShare(latency, 100, 2000 / 59 - 1e-9), 100)
  assert.equal(efficientShare(latency, 100, 2000 / 60 - 1e-9), undefined)
})

test('gpulet: the residue has one share if the rest of a GPU is smaller than a saturated share', () => {
  assert.deepEqual(sharesByGpu(40, 60, 2), [
    [40, 60],
    [40, 60],
  ])
  assert.deepEqual(sharesByGpu(50, 50, 1), [[50, 50]])
  assert.deepEqual(sharesByGpu(60, 40, 3), [[60, 40], [60], [60]])
  assert.deepEqual(sharesByGpu(80, 0, 2), [[80], [80]])
  assert.deepEqual(sharesByGpu(100, 0, 1), [[100]])
})

test('paris: every tightness leaves time to wait', async () => {
  const { candidates } = await planParis(problemOf('a30', 1, 12_000))
  assert.ok(candidates.every(({ tightness }) => tightness > 0 && tightness < 1))
})

test('paris: a tightness gives three answers for one or two GPUs, and one for more', async () => {
  for (const [gpus, answers] of [1, 2, 3].map((gpus) => [gpus, gpus < 3 ? 3 : 1])) {
    const { candidates } = await planParis(problemOf('h200', gpus, 12_000), 1)
    assert.equal(candidates.length, answers)
  }
})

test('random layouts: three draws, which differ', async () => {
  const drawn = await partitioners.get('random-layouts')!.partition(problemOf('h200', 8, 40_000))
  assert.deepEqual(
    drawn.map(({ name }) => name),
    ['random-1', 'random-2', 'random-3'],
  )
  const keys = drawn.map((one) => isPartitioning(one) && one.layouts!.map(layoutKey).join())
  assert.equal(new Set(keys).size, 3)
})

test('paris: roundings differ and stay below their fractional bounds', async () => {
  const problem = problemOf('h200', 2, 12_000)
  const { candidates } = await planParis(problem, 3)
  assert.ok(candidates.length > 1)
  const instances = candidates.map(({ partitioning }) =>
    partitioning.partitions.map(({ name }) => name).join(),
  )
  assert.equal(new Set(instances).size, candidates.length)
  for (const { carriedPerS, tightness } of candidates) {
    assert.ok(carriedPerS <= (await fractionalPerS(problem, tightness)) * (1 + 1e-6))
  }
})
