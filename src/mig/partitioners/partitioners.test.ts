import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sum } from '../../numbers.js'
import { createRandom } from '../../random.js'
import { logNormalBatches } from '../../schedule/batch-sizes.js'
import { gpuNamed, gpus } from '../gpus/registry.js'
import type { LatencyModel } from '../latency-model.js'
import { isLegal, layoutKey } from '../layout.js'
import { efficientShare, sharesByGpu } from './gpulet.js'
import { tunedShare } from './gslice.js'
import { fractionalPerS, planParis } from './paris.js'
import { isPartitioning, type PartitionProblem } from './partitioner.js'
import { partitioners } from './registry.js'

/** A model with a fixed part that no unit shortens: small partitions waste least. */
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

for (const partitioner of partitioners.values()) {
  test(`${partitioner.name}: partitions of every GPU, legal and within it`, async () => {
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

test('a partitioner without an answer says why', async () => {
  const names = ['gpulet', 'gslice', 'parvagpu']
  for (const partitioner of [...partitioners.values()].filter(({ name }) => names.includes(name))) {
    const [outcome] = await partitioner.partition(problemOf('h200', 1, 100))
    assert.ok(!isPartitioning(outcome))
    assert.match(outcome.reason, /\w/)
  }
})

test('gpulet: the share with the steepest rise of throughput that meets the target', () => {
  // The first share gains most per percent, unless one sample on its 26 units misses the target.
  assert.equal(efficientShare(light, 132, 20_000), 20)
  assert.equal(efficientShare(light, 132, 1600), 40)
  assert.equal(efficientShare(light, 132, 100), undefined)
})

test('gslice: a looser target takes a smaller share', () => {
  const [tight, loose] = [9000, 60_000].map((sla) => tunedShare(problemOf('h200', 1, sla))!)
  assert.ok(loose < tight, `${loose} and ${tight}`)
})

test('gpulet: the residue has one share where the rest of a GPU is smaller than a saturated one', () => {
  assert.deepEqual(sharesByGpu(40, 60, 2), [
    [40, 60],
    [40, 60],
  ])
  assert.deepEqual(sharesByGpu(50, 50, 1), [[50, 50]])
  assert.deepEqual(sharesByGpu(60, 40, 3), [[60, 40], [60], [60]])
  assert.deepEqual(sharesByGpu(80, 0, 2), [[80], [80]])
  assert.deepEqual(sharesByGpu(100, 0, 1), [[100]])
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
