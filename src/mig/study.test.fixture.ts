import { createRandom } from '../random.js'
import { logNormalBatches } from '../schedule/partitions/batch-sizes.js'
import { batching } from '../schedule/partitions/batching.js'
import { elsa } from '../schedule/partitions/elsa.js'
import { firstIdleFirstServed } from '../schedule/partitions/first-idle.js'
import { recordStreams } from './evaluate.js'
import { gpuNamed } from './gpus/registry.js'
import type { LatencyModel } from './latency-model.js'
import { homogeneous } from './partitioners/homogeneous.js'
import { paris } from './partitioners/paris.js'
import { parisPrinted } from './partitioners/paris-printed.js'
import type { PartitionProblem } from './partitioners/partitioner.js'
import { runStudy, type Study, type StudyQuestion } from './study.js'

/** A model whose latency has a part that no unit shortens, and a part that all units share. */
const latency: LatencyModel = {
  model: 'made-up',
  source: 'made up',
  maxBatch: 16,
  latencyUs: (cus, batch) => 500 + (12_000 * batch) / cus,
}
const distribution = logNormalBatches({ median: 3, sigma: 0.9, maxBatch: 16 })
/** One H200 for the invented model. */
export const problem: PartitionProblem = {
  gpu: gpuNamed('h200'),
  gpus: 1,
  latency,
  distribution,
  slaUs: 2.5 * latency.latencyUs(132, 16),
  quantile: 0.95,
  random: createRandom(1),
}
/** Small numbers, so that tests are quick. */
export const effort = { requests: 3000, replications: 2, tolerance: 0.01, seed: 1 }
export const streams = (asked: typeof effort) => recordStreams(asked, distribution)

/** PARIS, PARIS as printed and equal layouts under three schedulers. */
export function smallStudy(onPair?: StudyQuestion['onPair']): Promise<Study> {
  return runStudy({
    problem,
    partitioners: [paris, parisPrinted, homogeneous],
    schedulers: [elsa, firstIdleFirstServed, batching],
    effort,
    streams,
    exactCheck: 'run',
    onProgress: () => {},
    onPair,
  })
}
