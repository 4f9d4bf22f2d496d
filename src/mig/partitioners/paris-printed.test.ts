import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readFile } from '../../io/read.js'
import { createRandom } from '../../random.js'
import { logNormalBatches } from '../../schedule/partitions/batch-sizes.js'
import { elsa } from '../../schedule/partitions/elsa.js'
import { capacityOf, recordStreams } from '../evaluate.js'
import { gpuNamed } from '../gpus/registry.js'
import { latencyFileSchema, modelFromLatencyFile } from '../latency-file.js'
import { countProfiles } from '../layout.js'
import { parisSegmentsOf } from './paris.js'
import { parisPrinted, printedLayout } from './paris-printed.js'
import { isPartitioning, type PartitionProblem } from './partitioner.js'

const SHIPPED = fileURLToPath(new URL('../../../data/h200-model-latency.json', import.meta.url))
const latency = modelFromLatencyFile(readFile(SHIPPED, latencyFileSchema), 'resnet152', SHIPPED)

/** The problem of `eclip mig plan --gpus 8`. */
const problem: PartitionProblem = {
  gpu: gpuNamed('h200'),
  gpus: 8,
  latency,
  distribution: logNormalBatches({ median: 6, sigma: 0.9, maxBatch: 32 }),
  slaUs: 2 * latency.latencyUs(132, 32),
  quantile: 0.95,
  random: createRandom(1),
}

const [outcome] = await parisPrinted.partition(problem)
assert.ok(isPartitioning(outcome))

test('eight H200 and the shipped latencies: the instances are N_k, rounded by hand', () => {
  const rounded = parisSegmentsOf(problem).map(({ size, fractional }) => [
    size.name,
    Math.round(fractional),
  ])
  assert.deepEqual(rounded, [
    ['1g.18gb', 28],
    ['2g.35gb', 5],
    ['3g.71gb', 1],
    ['4g.71gb', 0],
    ['7g.141gb', 2],
  ])
  assert.deepEqual(
    Object.fromEntries(countProfiles(outcome.layouts!.flat())),
    Object.fromEntries(rounded.filter(([, count]) => count !== 0)),
  )
})

test('they carry what an independent queue simulator found, 4,577 requests/s', () => {
  const effort = { requests: 24_000, replications: 4, tolerance: 0.005, seed: 1 }
  const streams = recordStreams(effort, problem.distribution)
  const pairing = { partitioning: outcome, scheduler: elsa }
  const { ratePerS, halfWidthPerS } = capacityOf(pairing, problem, streams, 0.005)
  assert.ok(Math.abs(ratePerS - 4577) < halfWidthPerS, `${ratePerS} ± ${halfWidthPerS}`)
})

test('the knee decides: if small instances are well used sooner, large ones get more batches', async () => {
  // Up to batch 2 a launch costs hardly more, so throughput is close to its best there.
  const sooner: PartitionProblem = {
    ...problem,
    latency: {
      ...latency,
      latencyUs: (cus, batch) =>
        cus === 16
          ? latency.latencyUs(16, 8) * Math.max(1, batch / 2)
          : latency.latencyUs(cus, batch),
    },
  }
  const [before, after] = [problem, sooner].map((asked) => parisSegmentsOf(asked))
  assert.ok(after[0].kneeBatch < before[0].kneeBatch)
  const small = [before, after].map(async (segments) => {
    const { partitions } = await printedLayout(problem, segments)
    return partitions.filter(({ name }) => name === '1g.18gb').length
  })
  assert.ok((await small[1]) < (await small[0]))
})
