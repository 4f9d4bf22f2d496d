import { plural } from '../plural.js'
import { describeEntry } from './layout.js'
import { kernelCount, type Plan, switchesPerRequest, type WorkerPlan } from './plan.js'

/** Consecutive kernels that two plans treat differently. */
export interface KernelDifference {
  readonly worker: string
  readonly firstKernel: number
  readonly kernels: number
  readonly before: string
  readonly after: string
}

/** What differs between two plans. */
export interface PlanDiff {
  /** One sentence for each difference in device, mechanism, policy or workers. */
  readonly general: readonly string[]
  /** Ordered by worker and kernel. Only workers that both plans have, with the same kernels, are compared. */
  readonly kernels: readonly KernelDifference[]
}

/** Compares two plans by what each kernel gets, regardless of how their pools are numbered. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const general: string[] = []
  const compare = (what: string, a: string, b: string): void => {
    if (a !== b) general.push(`${what}: ${a} -> ${b}`)
  }
  compare('policy', before.evidence.policy, after.evidence.policy)
  compare('device', before.device.fingerprint, after.device.fingerprint)
  compare('mechanism', before.mechanism, after.mechanism)
  const kernels: KernelDifference[] = []
  const count = Math.max(before.workers.length, after.workers.length)
  for (let w = 0; w < count; w++) {
    const a = before.workers[w]
    const b = after.workers[w]
    compare(`worker ${w}`, identity(a), identity(b))
    if (!a || !b || identity(a) !== identity(b)) continue
    const [switchesBefore, switchesAfter] = [a, b].map((worker) => `${switchesPerRequest(worker)}`)
    compare(`${b.name}: switches per request`, switchesBefore, switchesAfter)
    kernels.push(...kernelDifferences(b.name, placements(before, a), placements(after, b)))
  }
  return { general, kernels }
}

/** The differences in words, one per line, or a line saying that there are none. */
export function describeDiff({ general, kernels }: PlanDiff): string {
  if (general.length === 0 && kernels.length === 0) return 'the plans are the same'
  const lines = kernels.map(({ worker, firstKernel, kernels: count, before, after }) => {
    const range =
      count === 1 ? `kernel ${firstKernel}` : `kernels ${firstKernel}-${firstKernel + count - 1}`
    return `${worker} ${range}: ${before} -> ${after}`
  })
  return [...general, ...lines].join('\n')
}

function identity(worker: WorkerPlan | undefined): string {
  if (!worker) return 'none'
  return `${worker.model} batch ${worker.batch}, ${plural(kernelCount(worker), 'kernel')}`
}

/** What each kernel of a worker gets, in words that do not depend on pool indices. */
function placements(plan: Plan, worker: WorkerPlan): string[] {
  const places = plan.pool.map((entry) => describeEntry(plan, entry))
  return worker.groups.flatMap(({ kernels, partition, priority }) => {
    const place = places[partition]
    const words = priority === 0 ? place : `${place}, priority ${priority}`
    return new Array<string>(kernels).fill(words)
  })
}

function kernelDifferences(
  worker: string,
  before: readonly string[],
  after: readonly string[],
): KernelDifference[] {
  const found: KernelDifference[] = []
  for (let k = 0; k < before.length; k++) {
    if (before[k] === after[k]) continue
    const last = found.at(-1)
    const continues =
      last &&
      last.firstKernel + last.kernels === k &&
      last.before === before[k] &&
      last.after === after[k]
    if (continues) found[found.length - 1] = { ...last, kernels: last.kernels + 1 }
    else found.push({ worker, firstKernel: k, kernels: 1, before: before[k], after: after[k] })
  }
  return found
}
