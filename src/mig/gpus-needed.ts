import { WorkError } from '../errors.js'
import type { Capacity } from '../schedule/partitions/capacity.js'
import { capacityOf, type Effort, elsaOf } from './evaluate.js'
import { MOST_GPUS } from './gpu.js'
import type { Partitioning, PartitionProblem } from './partitioners/partitioner.js'
import { type SettledPlan, type StreamMaker, settledPlan } from './study.js'

/** A number of GPUs, PARIS's layout for them, and what the layout carries under ELSA. */
export interface SizedPlan {
  readonly problem: PartitionProblem
  readonly plan: SettledPlan
  readonly carried: Capacity
}

/** PARIS's plan for the GPUs of the problem, and what the plan carries. */
export async function sizedPlan(
  problem: PartitionProblem,
  effort: Effort,
  streams: StreamMaker,
): Promise<SizedPlan> {
  const plan = await settledPlan(problem, effort, streams)
  const carried = carriedUnderElsa(plan.partitioning, problem, effort, streams)
  return { problem, plan, carried }
}

/** What PARIS, exactly as in its paper, carries under ELSA on the GPUs of a plan. */
export function carriedAsPrinted(
  { problem, plan }: SizedPlan,
  effort: Effort,
  streams: StreamMaker,
): Capacity {
  return carriedUnderElsa(plan.printed, problem, effort, streams)
}

function carriedUnderElsa(
  partitioning: Partitioning,
  problem: PartitionProblem,
  effort: Effort,
  streams: StreamMaker,
): Capacity {
  const pairing = { partitioning, scheduler: elsaOf(effort) }
  return capacityOf(pairing, problem, streams(effort), effort.tolerance)
}

/** How many GPUs a rate needs under PARIS and ELSA. */
export interface Needed {
  readonly ratePerS: number
  readonly gpus: number
  /** Requests per second that this many GPUs carry within the target. */
  readonly carriedPerS: number
  /** The plan for this many GPUs. */
  readonly sized: SizedPlan
}

/**
 * Bisects for the fewest GPUs whose PARIS layout carries the rate under ELSA. More GPUs never carry
 * less.
 * @throws WorkError when 64 GPUs are not enough, or one GPU carries nothing
 */
export async function gpusNeeded(
  ratePerS: number,
  problem: PartitionProblem,
  effort: Effort,
  streams: StreamMaker,
  onProgress: (text: string) => void,
): Promise<Needed> {
  const tried = new Map<number, SizedPlan>()
  const carriedBy = (gpus: number): number => tried.get(gpus)!.carried.ratePerS
  const carries = async (gpus: number): Promise<boolean> => {
    onProgress(`PARIS on ${gpus} GPU${gpus === 1 ? '' : 's'}`)
    tried.set(gpus, await sizedPlan({ ...problem, gpus }, effort, streams))
    return carriedBy(gpus) >= ratePerS
  }
  // The search starts at an estimate of the number of GPUs, based on what one GPU carries.
  let low = 1
  let high = 1
  if (!(await carries(1))) {
    if (carriedBy(1) === 0) {
      throw new WorkError('PARIS + ELSA meets the target at no rate: it leaves no time to wait')
    }
    high = Math.min(MOST_GPUS, Math.max(2, Math.ceil(ratePerS / carriedBy(1))))
    while (!(await carries(high))) {
      if (high === MOST_GPUS) {
        throw new WorkError(`${MOST_GPUS} GPUs do not carry ${ratePerS} requests/s`)
      }
      low = high
      high = Math.min(MOST_GPUS, high + Math.max(1, Math.round(high / 8)))
    }
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (await carries(middle)) high = middle
    else low = middle
  }
  return { ratePerS, gpus: high, carriedPerS: carriedBy(high), sized: tried.get(high)! }
}
