import { getOrMake } from '../maps.js'
import { sum } from '../numbers.js'
import { createRandom, type Random } from '../random.js'
import { poissonGaps, type UnitGaps } from '../schedule/arrivals.js'
import { type Capacity, findCapacity, WARMUP_SHARE } from '../schedule/partitions/capacity.js'
import { ELSA_DEFAULTS, type ElsaOptions, elsaWith } from '../schedule/partitions/elsa.js'
import {
  drawnRequests,
  type RequestRecord,
  recordRequests,
  replayRequests,
  withEstimateNoise,
} from '../schedule/partitions/requests.js'
import type { SchedulerKind } from '../schedule/partitions/scheduler.js'
import { type QueueResult, runQueue } from '../schedule/partitions/simulator.js'
import { type ServiceTable, serviceTable } from '../schedule/partitions/view.js'
import { latencyRow } from './latency-model.js'
import type { Partitioning, PartitionProblem } from './partitioners/partitioner.js'

/** How much is simulated for one answer, and under which assumptions. */
export interface Effort {
  /** Requests in a replication, including the warm-up. */
  readonly requests: number
  readonly replications: number
  /** Relative width at which the bisection stops. */
  readonly tolerance: number
  readonly seed: number
  /** ELSA's factors if they are not 1. */
  readonly elsa?: ElsaOptions
  /** Standard deviation of the ratio of launches' real to estimated times; 0 unless given. */
  readonly estimateNoise?: number
}

/** ELSA with the factors of the effort. */
export function elsaOf({ elsa = ELSA_DEFAULTS }: Effort): SchedulerKind {
  return elsaWith(elsa)
}

/** Makes the gaps of a replication from its random source. */
export type GapMaker = (random: Random) => UnitGaps

/** One request stream for each replication. The same seed always gives the same streams. */
export function recordStreams(
  { requests, replications, seed, estimateNoise = 0 }: Effort,
  distribution: Float64Array,
  gaps: GapMaker = poissonGaps,
): RequestRecord[] {
  return Array.from({ length: replications }, (_, i) => {
    const random = createRandom(seed * 1000 + i)
    const drawn = drawnRequests(requests, gaps(random), distribution, random)
    return withEstimateNoise(recordRequests(drawn, requests), estimateNoise, random)
  })
}

/** The lookup table of a partitioning: the model's latency on every partition. */
function tableOf({ partitions }: Partitioning, problem: PartitionProblem): ServiceTable {
  const rows = new Map<string, Float64Array>()
  return serviceTable(
    partitions.map(({ cus, slowdown }) => {
      return getOrMake(rows, `${cus}/${slowdown}`, () => {
        const row = latencyRow(problem.latency, cus, problem.distribution.length - 1)
        return row.map((us) => us * slowdown)
      })
    }),
  )
}

/** The layout of one partitioner, and the scheduler that fills it. */
export interface Pairing {
  readonly partitioning: Partitioning
  readonly scheduler: SchedulerKind
}

/** Latency-bounded throughput of one pair of partitioner and scheduler. */
export function capacityOf(
  { partitioning, scheduler }: Pairing,
  problem: PartitionProblem,
  streams: readonly RequestRecord[],
  tolerance: number,
): Capacity {
  return findCapacity({
    table: tableOf(partitioning, problem),
    scheduler,
    slaUs: problem.slaUs,
    quantile: problem.quantile,
    replications: streams,
    tolerance,
  })
}

/** What requests and partitions experience at one arrival rate. */
export interface Experience {
  readonly ratePerS: number
  readonly p50Us: number
  readonly p95Us: number
  readonly p99Us: number
  readonly meanWaitUs: number
  /** Share of requests that miss the target. */
  readonly lateShare: number
  /** Share of the partitions' compute units that are busy. */
  readonly utilisation: number
  /**
   * For each kind of partition: how many there are, what share of the requests they served, and how
   * busy they were.
   */
  readonly byPartition: readonly PartitionUse[]
}

/** What one pair of partitioner and scheduler does for requests. */
export interface Pair extends Pairing {
  readonly capacity: Capacity
  readonly experience: Experience
}

/** The pair of a layout and ELSA, if it is among the given pairs. */
export function underElsa<Some extends Pairing>(
  pairs: readonly Some[],
  layout: Partitioning,
): Some | undefined {
  return pairs.find((pair) => pair.partitioning === layout && isElsa(pair))
}

export function isElsa({ scheduler }: Pick<Pairing, 'scheduler'>): boolean {
  return scheduler.name === 'elsa'
}

export interface PartitionUse {
  readonly name: string
  readonly count: number
  readonly requestShare: number
  readonly utilisation: number
}

/** Runs one stream at one rate to see the latency tail and how busy the partitions are. */
export function experienceAt(
  ratePerS: number,
  { partitioning, scheduler }: Pairing,
  problem: PartitionProblem,
  stream: RequestRecord,
): Experience {
  const result = runQueue({
    table: tableOf(partitioning, problem),
    scheduler: scheduler.create(createRandom(1)),
    requests: replayRequests(stream),
    slowdowns: stream.slowdowns,
    ratePerS,
    slaUs: problem.slaUs,
    warmup: Math.floor(stream.gaps.length * WARMUP_SHARE),
  })
  const { latency, durationUs, busyUs } = result
  const { partitions } = partitioning
  const cusBusy = sum(partitions.map(({ cus }, p) => (cus * busyUs[p]) / durationUs))
  return {
    ratePerS,
    p50Us: latency.quantile(0.5),
    p95Us: latency.quantile(0.95),
    p99Us: latency.quantile(0.99),
    meanWaitUs: result.meanWaitUs,
    lateShare: result.late / result.counted,
    utilisation: cusBusy / sum(partitions.map(({ cus }) => cus)),
    byPartition: useByName(partitioning, result),
  }
}

function useByName(
  { partitions }: Partitioning,
  { served, busyUs, durationUs }: QueueResult,
): PartitionUse[] {
  const names = [...new Set(partitions.map(({ name }) => name))]
  const total = sum(served)
  return names.map((name) => {
    const members = partitions.flatMap((partition, p) => (partition.name === name ? [p] : []))
    return {
      name,
      count: members.length,
      requestShare: sum(members.map((p) => served[p])) / total,
      utilisation: sum(members.map((p) => busyUs[p])) / (members.length * durationUs),
    }
  })
}
