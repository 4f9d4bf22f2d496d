import { WorkError } from '../errors.js'
import type { RequestRecord } from '../schedule/partitions/requests.js'
import type { SchedulerKind } from '../schedule/partitions/scheduler.js'
import {
  capacityOf,
  type Effort,
  elsaOf,
  experienceAt,
  isElsa,
  type Pair,
  underElsa,
} from './evaluate.js'
import {
  fractionalPerS,
  type ParisCandidate,
  type ParisPlan,
  planParis,
} from './partitioners/paris.js'
import { printedLayout } from './partitioners/paris-printed.js'
import {
  isPartitioning,
  type NoPartitioning,
  type Partitioner,
  type Partitioning,
  type PartitionProblem,
} from './partitioners/partitioner.js'
import { type ExactBest, exactBest, isCheckable, SETTLING_TOLERANCE, settle } from './settle.js'
import { type Verdict, verdictOf } from './verdict.js'

/** Makes request streams; different seeds give independent streams. */
export type StreamMaker = (effort: Effort) => RequestRecord[]

/** A problem for PARIS, and how thoroughly its answer is simulated. */
export interface ParisQuestion {
  readonly problem: PartitionProblem
  readonly effort: Effort
  readonly streams: StreamMaker
  onProgress(text: string): void
}

export interface StudyQuestion extends ParisQuestion {
  readonly partitioners: readonly Partitioner[]
  readonly schedulers: readonly SchedulerKind[]
  /** Rate at which tails are compared. If absent, 90% of what PARIS and ELSA carry. */
  readonly ratePerS?: number
  /** Not run, either, if the GPUs are too many to try all layouts. */
  readonly exactCheck: 'run' | 'skip'
  /** Called with the pair that is next, the number of pairs done, and the number of pairs in total. */
  readonly onPair?: ((pair: string, done: number, of: number) => void) | undefined
}

/** PARIS's plan, the rounding that simulation chose, and PARIS exactly as in its paper. */
export interface SettledPlan extends ParisPlan {
  readonly chosen: ParisCandidate
  readonly partitioning: Partitioning
  /** The result of rounding the segments' fractional instances in the way of the paper. */
  readonly printed: Partitioning
  /** Requests per second that the fractional solution would carry before rounding. */
  readonly fractionalPerS: number
  /** Share of the fractional solution's throughput that is lost by whole layouts. */
  readonly roundingLoss: number
}

/** The best legal layout by simulation, and how far PARIS's is below it on the same streams. */
export interface ExactCheck {
  readonly best: ExactBest
  readonly parisPerS: number
  /** Share of the best layout's throughput that PARIS's lacks; 0 if it is the best itself. */
  readonly gap: number
}

export interface Study {
  readonly plan: SettledPlan
  readonly pairs: readonly Pair[]
  /** Partitioners that found no layout, each with the reason. */
  readonly without: readonly NoPartitioning[]
  /** Rate at which `experience` was taken, requests per second. */
  readonly comparedAtPerS: number
  readonly exact?: ExactCheck
  readonly verdict: Verdict
}

/**
 * Offsets of seeds. A layout is settled, checked and measured on different requests; otherwise it
 * would look too good.
 */
const SETTLING_STREAMS = 500_000
const CHECKING_STREAMS = 700_000

/** PARIS's plan for the problem, settled by simulation under ELSA. */
export async function settledPlan(
  problem: PartitionProblem,
  effort: Effort,
  streams: StreamMaker,
): Promise<SettledPlan> {
  const plan = await planParis(problem)
  const settling = streams(trial(effort, SETTLING_STREAMS))
  const chosen = settle(plan.candidates, problem, elsaOf(effort), settling)
  const unrounded = await fractionalPerS(problem, chosen.tightness)
  return {
    ...plan,
    chosen,
    partitioning: chosen.partitioning,
    printed: await printedLayout(problem, plan.segments),
    fractionalPerS: unrounded,
    roundingLoss: Math.max(0, 1 - chosen.carriedPerS / unrounded),
  }
}

/** Compares PARIS's layout with every legal layout, under ELSA; undefined for too many GPUs to try them all. */
export function checkExactly(
  { partitioning }: SettledPlan,
  { problem, effort, streams, onProgress }: ParisQuestion,
): ExactCheck | undefined {
  if (!isCheckable(problem.gpus)) return undefined
  const tried = streams(trial(effort, CHECKING_STREAMS))
  const elsa = elsaOf(effort)
  const best = exactBest(problem, elsa, tried, (sets) =>
    onProgress(`exact check: ${sets} sets of layouts simulated`),
  )
  const pairing = { partitioning, scheduler: elsa }
  const paris = capacityOf(pairing, problem, tried, SETTLING_TOLERANCE)
  const gap = best.ratePerS === 0 ? 0 : Math.max(0, 1 - paris.ratePerS / best.ratePerS)
  return { best, parisPerS: paris.ratePerS, gap }
}

/** Every partitioner with every scheduler; ELSA gets the factors of the effort. */
export async function runStudy(question: StudyQuestion): Promise<Study> {
  const { problem, effort, onProgress } = question
  const schedulers = question.schedulers.map((scheduler) =>
    isElsa({ scheduler }) ? elsaOf(effort) : scheduler,
  )
  onProgress('PARIS')
  const plan = await settledPlan(problem, effort, question.streams)
  const { found, without } = await rivals(question)
  const partitionings = [plan.partitioning, ...found]
  const streams = question.streams(effort)
  const pairCount = partitionings.length * schedulers.length
  const capacities = partitionings.flatMap((partitioning, p) =>
    schedulers.map((scheduler, s) => {
      const done = p * schedulers.length + s
      question.onPair?.(`${partitioning.name} + ${scheduler.name}`, done, pairCount)
      const pairing = { partitioning, scheduler }
      return { ...pairing, capacity: capacityOf(pairing, problem, streams, effort.tolerance) }
    }),
  )
  const comparedAtPerS = question.ratePerS ?? comparisonRate(capacities, plan.partitioning)
  const pairs = capacities.map((pair) => ({
    ...pair,
    experience: experienceAt(comparedAtPerS, pair, problem, streams[0]),
  }))
  const exact = question.exactCheck === 'run' ? checkExactly(plan, question) : undefined
  const verdict = verdictOf(pairs, plan.partitioning)
  return { plan, pairs, without, comparedAtPerS, verdict, ...(exact && { exact }) }
}

/** 90% of what PARIS and ELSA carry, or of what the best pair carries if they carry nothing. */
function comparisonRate(
  capacities: readonly Omit<Pair, 'experience'>[],
  parisLayout: Partitioning,
): number {
  const own = underElsa(capacities, parisLayout)
  const best = Math.max(...capacities.map(({ capacity }) => capacity.ratePerS))
  const rate = 0.9 * (own?.capacity.ratePerS || best)
  if (rate > 0) return rate
  throw new WorkError('no pair meets the target at any rate: it leaves no time to wait')
}

async function rivals({ partitioners, problem }: StudyQuestion) {
  const found: Partitioning[] = []
  const without: NoPartitioning[] = []
  for (const partitioner of partitioners) {
    // PARIS's layout was settled by simulation, and may differ from the partitioner's own first
    // choice.
    if (partitioner.name === 'paris') continue
    for (const outcome of await partitioner.partition(problem)) {
      if (isPartitioning(outcome)) found.push(outcome)
      else without.push(outcome)
    }
  }
  return { found, without }
}

/** Two short replications on separate streams. */
function trial(effort: Effort, seedOffset: number): Effort {
  return { ...effort, replications: 2, seed: effort.seed + seedOffset }
}
