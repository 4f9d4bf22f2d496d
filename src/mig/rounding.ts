import { WorkError } from '../errors.js'
import { countProfiles, type Layout } from './layout.js'
import type { PartitionSize } from './paris.js'
import { solveLp, solveLpIfFeasible } from './solve.js'

/** What the rounding must serve, and with which resources. */
export interface RoundingProblem {
  /** Legal layouts of one GPU, each of which is used on some number of GPUs. */
  readonly layouts: readonly Layout[]
  readonly gpus: number
  readonly sizes: readonly PartitionSize[]
  /** Share of requests with each batch; index 0 is unused. */
  readonly distribution: Float64Array
  /** Latency target, µs. */
  readonly slaUs: number
  /** Share of requests that may be late. */
  readonly lateShare: number
  /** See `capacityTakenUs`; 0 to below 1. */
  readonly tightness: number
}

export interface Rounding {
  /** Number of GPUs with each of the problem's layouts. */
  readonly gpusPerLayout: readonly number[]
  /** Requests per second that the instances are estimated to carry within the target. */
  readonly carriedPerS: number
}

/**
 * Batches that are rarer than this are left out, because the solver could not distinguish their
 * coefficients from rounding errors.
 */
const RAREST = 1e-9

/**
 * A layout that carries less than this fraction of what split GPUs would carry is not an answer. If
 * all layouts carry nothing at all, the solver would search for the best of them for ever.
 */
const LEAST_CARRIED = 1e-4

/** Below this the solver's answer is rounding noise. */
const NOTHING_PER_S = 1e-6

/**
 * How much of an instance's time, in µs, a request takes up if it is to be in time. This is more
 * than its latency when the target leaves little time for waiting, because the instance must then
 * be idle more often when such a request arrives.
 * @param tightness how much more: at 0 instances may be busy all the time; towards 1 a request that
 * leaves no time for waiting needs an instance of its own
 */
export function capacityTakenUs(latencyUs: number, slaUs: number, tightness: number): number {
  return latencyUs / (1 - tightness * (latencyUs / slaUs))
}

/**
 * Finds the legal layouts of all GPUs that carry the most requests, best first. Let y[m] be the
 * number of GPUs with layout m, f[k,b] and g[k,b] the rates at which size k runs batch b in time
 * and late, N(k) the number of instances of size k, and taken(k,b) what `capacityTakenUs` gives:
 *
 *     maximise L
 *     sum_k (f[k,b] + g[k,b]) = Dist[b] L                      every batch is served
 *     sum_b (taken(k,b) f[k,b] + latency(k,b) g[k,b]) <= N(k)  by what the instances have
 *     sum g <= lateShare L                                     few are late
 *     N(k) = sum_m count(m,k) y[m],  sum_m y[m] = gpus         in whole legal layouts
 *     y[m] = sum_n n z[m,n],  sum_n z[m,n] = 1,  z binary
 *
 * Since y counts whole legal layouts, every answer is legal. f[k,b] exists only where the latency
 * is below the target. A further answer is found by forbidding the z of those before it.
 *
 * @param answers how many; fewer come back when no others carry anything
 * @throws WorkError when there is none
 */
export async function roundLayouts(problem: RoundingProblem, answers: number): Promise<Rounding[]> {
  const found: Rounding[] = []
  const mostPerS = await fractionalCarriedPerS(problem)
  const leastPerMs = (LEAST_CARRIED * mostPerS) / 1000
  while (mostPerS > NOTHING_PER_S && found.length < answers) {
    const text = lpText(problem, 'whole', found, leastPerMs)
    const optimum = await solveLpIfFeasible(text)
    if (optimum === undefined) break
    const { objective, values } = optimum
    const gpusPerLayout = problem.layouts.map((_, m) => Math.round(values.get(`y${m}`) ?? 0))
    found.push({ gpusPerLayout, carriedPerS: objective * 1000 })
  }
  if (found.length === 0) throw new WorkError('no layout carries any requests within the target')
  return found
}

/**
 * What could be carried if a GPU could have parts of several layouts: an upper bound for any
 * rounding.
 */
export async function fractionalCarriedPerS(problem: RoundingProblem): Promise<number> {
  return (await solveLp(lpText(problem, 'split', [], 0))).objective * 1000
}

/** Times are in ms and rates per ms, because the solver's tolerances suit numbers near 1. */
function lpText(
  problem: RoundingProblem,
  layouts: 'whole' | 'split',
  forbidden: readonly Rounding[],
  leastPerMs: number,
): string {
  const rows = [...servingRows(problem), gpuRow(problem), `least: L >= ${leastPerMs}`]
  if (layouts === 'split') return `Maximize\n obj: L\nSubject To\n ${rows.join('\n ')}\nEnd\n`
  const binaries: string[] = []
  problem.layouts.forEach((_, m) => {
    const z = Array.from({ length: problem.gpus + 1 }, (_, n) => `z${m}_${n}`)
    binaries.push(...z)
    rows.push(`one${m}: ${z.map((name) => `+ ${name}`).join(' ')} = 1`)
    const counted = z.slice(1).map((name, i) => `- ${i + 1} ${name}`)
    rows.push(`count${m}: + y${m} ${counted.join(' ')} = 0`)
  })
  forbidden.forEach(({ gpusPerLayout }, i) => {
    const same = gpusPerLayout.map((n, m) => `+ z${m}_${n}`)
    rows.push(`new${i}: ${same.join(' ')} <= ${problem.layouts.length - 1}`)
  })
  return `Maximize\n obj: L\nSubject To\n ${rows.join('\n ')}\nBinaries\n ${binaries.join(' ')}\nEnd\n`
}

function servingRows(problem: RoundingProblem) {
  const { layouts, sizes, distribution, slaUs, lateShare, tightness } = problem
  const counts = layouts.map(countProfiles)
  const rows: string[] = []
  const busy: string[][] = sizes.map(() => [])
  const late: string[] = []
  for (let b = 1; b < distribution.length; b++) {
    if (distribution[b] < RAREST) continue
    const terms: string[] = []
    sizes.forEach((size, k) => {
      const us = size.latencyUs[b]
      if (us < slaUs) {
        terms.push(`+ f${k}_${b}`)
        busy[k].push(`+ ${capacityTakenUs(us, slaUs, tightness) / 1000} f${k}_${b}`)
      }
      if (lateShare > 0) {
        terms.push(`+ g${k}_${b}`)
        busy[k].push(`+ ${us / 1000} g${k}_${b}`)
        late.push(`+ g${k}_${b}`)
      }
    })
    rows.push(`serve${b}: ${terms.join(' ')} - ${distribution[b]} L = 0`)
  }
  sizes.forEach((size, k) => {
    if (busy[k].length === 0) return
    const instances = counts
      .map((count, m) => [count.get(size.name) ?? 0, m])
      .filter(([n]) => n > 0)
      .map(([n, m]) => `- ${n} y${m}`)
    rows.push(`busy${k}: ${busy[k].join(' ')} ${instances.join(' ')} <= 0`)
  })
  if (late.length > 0) rows.push(`late: ${late.join(' ')} - ${lateShare} L <= 0`)
  return rows
}

function gpuRow({ layouts, gpus }: RoundingProblem): string {
  return `gpus: ${layouts.map((_, m) => `+ y${m}`).join(' ')} = ${gpus}`
}
