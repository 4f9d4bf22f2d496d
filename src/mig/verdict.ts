import { mean } from '../numbers.js'
import { createRandom } from '../random.js'
import { halfWidth95 } from '../schedule/partitions/confidence.js'
import { isElsa, type Pair, underElsa } from './evaluate.js'
import { countProfiles } from './layout.js'
import type { Partitioning } from './partitioners/partitioner.js'

/** A pair that carries more than PARIS and ELSA. */
interface Lead {
  readonly partitioner: string
  readonly scheduler: string
  /** By how much more it carries, as a fraction. */
  readonly lead: number
}

/** The same, with the reason. */
export interface Beater extends Lead {
  readonly reason: string
}

/** The position of PARIS and ELSA among the pairs. */
export interface Verdict {
  /**
   * 1 is the highest rank. Pairs that cannot be distinguished from PARIS and ELSA do not count as
   * higher.
   */
  readonly rank: number
  readonly pairs: number
  /**
   * Pairs that carry more, by more than the confidence interval of the difference, highest first.
   */
  readonly beaters: readonly Beater[]
  /** The pair with the highest mean among those that lead PARIS and ELSA by less than that interval. */
  readonly level?: Lead
  /** Rank among the pairs whose scheduler runs every request alone, as ELSA does. */
  readonly rankUnmerged: number
  readonly text: string
}

/**
 * Ranks PARIS and ELSA among the pairs and explains each pair that beats them. Since all pairs ran
 * the same request streams, they are compared replication by replication: two pairs differ when the
 * 95% confidence interval of that difference excludes 0.
 */
export function verdictOf(pairs: readonly Pair[], parisLayout: Partitioning): Verdict {
  const own = underElsa(pairs, parisLayout)
  if (own === undefined) {
    const text = 'PARIS + ELSA was not among the pairs.'
    return { rank: 0, pairs: pairs.length, beaters: [], rankUnmerged: 0, text }
  }
  const byRate = pairs.toSorted((a, b) => b.capacity.ratePerS - a.capacity.ratePerS)
  const higher = byRate.filter((pair) => pair !== own && isHigher(pair, own))
  const beaters = higher.map((pair) => ({ ...leadOf(pair, own), reason: reasonOf(pair, own) }))
  const rank = higher.length + 1
  const unmerged = beaters.filter((_, i) => !merges(higher[i]))
  const first = byRate.find(
    (pair) => !higher.includes(pair) && pair.capacity.ratePerS > own.capacity.ratePerS,
  )
  const level = first && leadOf(first, own)
  const text = verdictText(pairs.length, beaters, unmerged, level)
  const rankUnmerged = unmerged.length + 1
  return { rank, pairs: pairs.length, beaters, rankUnmerged, text, ...(level && { level }) }
}

function leadOf({ partitioning, scheduler, capacity }: Pair, own: Pair): Lead {
  return {
    partitioner: partitioning.name,
    scheduler: scheduler.name,
    lead: capacity.ratePerS / own.capacity.ratePerS - 1,
  }
}

function isHigher(pair: Pair, own: Pair): boolean {
  const differences = pair.capacity.perReplication.map(
    (rate, i) => rate - own.capacity.perReplication[i],
  )
  const doubt = halfWidth95(differences)
  return mean(differences) > (Number.isNaN(doubt) ? 0 : doubt)
}

/** True when the pair's scheduler combines requests into one launch. */
export function merges({ scheduler }: Pair): boolean {
  return scheduler.create(createRandom(1)).launchLimit !== undefined
}

function reasonOf(pair: Pair, own: Pair): string {
  if (merges(pair)) {
    return 'it merges waiting requests into one launch, which uses a partition better than the batches that clients send; ELSA runs every request alone'
  }
  if (sameInstances(pair.partitioning, own.partitioning)) {
    return 'the same instances: it decides later or spreads requests wider, where ELSA fixes the partition at arrival and fills small ones to the edge of the target'
  }
  if (sharesInstances(pair.partitioning)) {
    return 'it runs several processes in one instance, as PARIS does not; how much these slow each other is assumed'
  }
  if (!isElsa(pair)) {
    return 'ELSA fills small partitions first, up to the edge of the target; on these instances keeping the load level does better'
  }
  return "another layout: the estimate that PARIS's rounding maximises ranks it lower than simulation does"
}

function sharesInstances({ partitions, layouts }: Partitioning): boolean {
  return layouts !== undefined && partitions.length > layouts.flat().length
}

function sameInstances(a: Partitioning, b: Partitioning): boolean {
  const key = ({ layouts }: Partitioning): string =>
    [...countProfiles((layouts ?? []).flat())].sort().join()
  return a.layouts !== undefined && b.layouts !== undefined && key(a) === key(b)
}

/** @param unmerged those of the beaters whose scheduler runs every request alone */
function verdictText(
  pairCount: number,
  beaters: readonly Beater[],
  unmerged: readonly Beater[],
  level: Verdict['level'],
): string {
  if (beaters.length === 0) {
    return level === undefined
      ? `PARIS + ELSA has the highest latency-bounded throughput of all ${pairCount} pairs.`
      : `No pair of ${pairCount} is above PARIS + ELSA beyond the 95% confidence interval; ${level.partitioner} + ${level.scheduler} is level with it (+${(level.lead * 100).toFixed(1)}%).`
  }
  const [first] = beaters
  const lead = `${first.partitioner} + ${first.scheduler} is ${(first.lead * 100).toFixed(1)}% higher: ${first.reason}.`
  const alone = `Of the pairs that run every request alone, ${unmergedText(unmerged)}.`
  return `PARIS + ELSA ranks ${beaters.length + 1} of ${pairCount} pairs. ${lead} ${alone}`
}

function unmergedText(unmerged: readonly Beater[]): string {
  if (unmerged.length === 0) return 'none is higher'
  const [{ partitioner, scheduler, lead, reason }] = unmerged
  return `PARIS + ELSA ranks ${unmerged.length + 1}, after ${partitioner} + ${scheduler} (+${(lead * 100).toFixed(1)}%): ${reason}`
}
