import type { Command } from 'commander'
import { describe, InputError } from '../errors.js'
import { DEFAULT_MODEL, loadLatency } from '../io/latency.js'
import { isFileThere, readText } from '../io/read.js'
import { recordStreams } from '../mig/evaluate.js'
import { MOST_GPUS, wholeProfile } from '../mig/gpu.js'
import { gpuNamed } from '../mig/gpus/registry.js'
import { checkTargetIsReachable } from '../mig/paris.js'
import { partitionSizes } from '../mig/partitioners/paris.js'
import type { PartitionProblem } from '../mig/partitioners/partitioner.js'
import { arrivalsFromText, batchesFromText } from '../mig/request-files.js'
import type { StreamMaker } from '../mig/study.js'
import { countsOf } from '../numbers.js'
import { createRandom } from '../random.js'
import { burstyGaps, poissonGaps } from '../schedule/arrivals.js'
import {
  type BatchDistribution,
  largestBatch,
  logNormalBatches,
  weightedBatches,
} from '../schedule/partitions/batch-sizes.js'
import { type RecordedRequests, recordedStreams } from '../schedule/partitions/requests.js'
import { atMost, numberAbove, wholeNumber } from './command.js'

/** The options of `mig plan` and `mig simulate` that define the problem. */
export interface MigOptions {
  readonly model?: string
  readonly gpu: string
  readonly gpus: number
  readonly sla: number
  readonly slaMs?: number
  readonly quantile: number
  readonly batches: string
  readonly maxBatch?: number
  readonly arrivals: string
  readonly table?: string
  readonly profile?: string
  readonly seed: number
}

export function addMigOptions(command: Command): Command {
  return command
    .option(
      '--model <name>',
      `model: of your library, one that ships, or of the latency table (default: ${DEFAULT_MODEL}, or the table by its name)`,
    )
    .option('--gpu <name>', 'GPU to partition: see `eclip mig layouts`', 'h200')
    .option('--gpus <n>', 'how many GPUs', atMost(MOST_GPUS, wholeNumber(1)), 1)
    .option(
      '--sla <x>',
      'latency target, times the largest batch on the whole GPU',
      atMost(1e6, numberAbove(0)),
      2,
    )
    .option('--sla-ms <ms>', 'latency target in ms, instead of --sla', numberAbove(0))
    .option('--quantile <p>', 'percent of requests that must meet it', numberAbove(0), 95)
    .option(
      '--batches <spec>',
      'batch sizes: lognormal:MEDIAN:SIGMA, or a file of `batch,weight` or of observed batches',
      'lognormal:6:0.9',
    )
    .option('--max-batch <n>', "largest batch (default: the table's)", wholeNumber(1))
    .option('--arrivals <spec>', 'poisson, bursty, or a file of `time_s[,batch]`', 'poisson')
    .option('--table <file>', 'latencies: CSV partition,batch,latency_ms or an eclip.latency file')
    .option('--profile <files>', 'latencies from kernel profiles, one per batch, comma-separated')
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), 1)
}

/** A problem to solve, and the request streams on which answers are tried. */
export interface MigCase {
  readonly problem: PartitionProblem
  readonly streams: StreamMaker
  /** What readers must know about the latencies; undefined if there is nothing. */
  readonly caution: string | undefined
}

/**
 * Reads everything that the options name.
 * @throws InputError when any of it is wrong, or no partition can meet the target
 */
export function loadMigCase(options: MigOptions): MigCase {
  const gpu = gpuNamed(options.gpu, '--gpu')
  const { latency, caution } = loadLatency(options, gpu)
  const maxBatch = Math.min(options.maxBatch ?? latency.maxBatch, latency.maxBatch)
  if (options.maxBatch !== undefined && options.maxBatch > latency.maxBatch) {
    throw new InputError({
      file: '--max-batch',
      expected: `at most ${latency.maxBatch}, the largest batch of the latency table`,
      found: `${options.maxBatch}`,
    })
  }
  const recorded = loadArrivals(options.arrivals, maxBatch)
  const distribution = loadBatches(options.batches, maxBatch, recorded)
  const wholeUs = latency.latencyUs(wholeProfile(gpu).cus, largestBatch(distribution))
  const slaUs = options.slaMs === undefined ? options.sla * wholeUs : options.slaMs * 1000
  if (options.quantile >= 100) {
    const expected = 'a percentage below 100'
    throw new InputError({ file: '--quantile', expected, found: `${options.quantile}` })
  }
  const problem: PartitionProblem = {
    gpu,
    gpus: options.gpus,
    latency,
    distribution,
    slaUs,
    quantile: options.quantile / 100,
    random: createRandom(options.seed),
  }
  const asked = options.slaMs === undefined ? '--sla' : '--sla-ms'
  checkTargetIsReachable(partitionSizes(problem), problem, asked)
  return { problem, streams: streamMaker(options, distribution, recorded), caution }
}

function loadArrivals(spec: string, maxBatch: number): RecordedRequests | undefined {
  if (spec === 'poisson' || spec === 'bursty') return undefined
  if (isFileThere(spec)) return arrivalsFromText(readText(spec), maxBatch, spec)
  throw new InputError({
    file: '--arrivals',
    expected: 'poisson, bursty or a file',
    found: describe(spec),
  })
}

function loadBatches(
  spec: string,
  maxBatch: number,
  recorded: RecordedRequests | undefined,
): BatchDistribution {
  if (recorded?.batches !== undefined) {
    return weightedBatches([...countsOf(recorded.batches)], maxBatch, '--arrivals')
  }
  const match = /^lognormal:([^:]+):([^:]+)$/.exec(spec)
  if (match !== null) {
    const [median, sigma] = [Number(match[1]), Number(match[2])]
    return logNormalBatches({ median, sigma, maxBatch }, '--batches')
  }
  if (isFileThere(spec)) return batchesFromText(readText(spec), maxBatch, spec)
  throw new InputError({
    file: '--batches',
    expected: 'lognormal:MEDIAN:SIGMA or a file',
    found: describe(spec),
  })
}

function streamMaker(
  { arrivals }: MigOptions,
  distribution: BatchDistribution,
  recorded: RecordedRequests | undefined,
): StreamMaker {
  if (recorded !== undefined) {
    return (effort) => recordedStreams(recorded, distribution, effort, arrivals)
  }
  const gaps = arrivals === 'bursty' ? burstyGaps : poissonGaps
  return (effort) => recordStreams(effort, distribution, (random) => gaps(random))
}
