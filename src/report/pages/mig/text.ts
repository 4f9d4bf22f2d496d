import type { ComparedPlan } from '../../../mig/compared-plan.js'
import { type Effort, isElsa, type Pair } from '../../../mig/evaluate.js'
import type { PartitionableGpu } from '../../../mig/gpu.js'
import type { Needed } from '../../../mig/gpus-needed.js'
import { countProfiles, type Layout, layoutKey } from '../../../mig/layout.js'
import { bestEqualAlone, notablePairs } from '../../../mig/notable.js'
import type { Partitioning, PartitionProblem } from '../../../mig/partitioners/partitioner.js'
import type { ExactCheck, SettledPlan, Study } from '../../../mig/study.js'
import { countsOf, inPercent } from '../../../numbers.js'
import type { Capacity } from '../../../schedule/partitions/capacity.js'
import { ELSA_DEFAULTS } from '../../../schedule/partitions/elsa.js'
import {
  percent,
  percentToTenths,
  significant,
  type TableStyle,
  textTable,
} from '../../kit/index.js'
import { layoutText } from './picture.js'

/**
 * A plan with what it is compared with.
 * @param commands the commands that set its layouts up
 */
export function comparedPlanText(
  { sized, printed, exact, needed }: ComparedPlan,
  effort: Effort,
  commands: readonly string[],
  style: TableStyle,
): string {
  const { problem, plan, carried } = sized
  return [
    problemText(problem, effort),
    '',
    planText(problem.gpu, plan, style),
    '',
    carriedText(carried),
    printedText(printed),
    ...(exact ? [exactText(exact)] : []),
    ...(needed ? [neededText(needed)] : []),
    '',
    ...commands,
  ].join('\n')
}

/** Partitioners and schedulers side by side: PARIS's plan, every pair, then the verdict. */
export function studyText(
  problem: PartitionProblem,
  effort: Effort,
  study: Study,
  style: TableStyle,
): string {
  return [
    problemText(problem, effort),
    '',
    planText(problem.gpu, study.plan, style),
    '',
    'requests/s within the target, by partitioner and scheduler',
    pairsText(study, style),
    detailText(notablePairs(study), study.comparedAtPerS, style),
    study.verdict.text,
    ...printedLines(study),
    ...study.without.map(({ name, reason }) => `${name} found no layout: ${reason}`),
    ...(study.exact ? [exactText(study.exact)] : []),
  ].join('\n')
}

/** The problem in one paragraph. */
function problemText(problem: PartitionProblem, effort: Effort): string {
  const { gpu, gpus, latency, slaUs, quantile } = problem
  return [
    `${latency.model} on ${gpus} x ${gpu.title}: p${inPercent(quantile)} within ${(slaUs / 1000).toFixed(2)} ms`,
    `latency: ${latency.source}`,
    ...assumptionLines(effort),
  ].join('\n')
}

/** Every setting of the trials that is not the usual one. */
function assumptionLines({ elsa = ELSA_DEFAULTS, estimateNoise = 0 }: Effort): string[] {
  const { alpha, beta } = elsa
  return [
    ...(alpha === 1 && beta === 1 ? [] : [`ELSA: alpha ${alpha}, beta ${beta}`]),
    ...(estimateNoise === 0
      ? []
      : [`estimates: launches take them with a standard deviation of ${percent(estimateNoise)}`]),
  ]
}

/** `4x1g.18gb + 1x3g.71gb` over all GPUs, in the order from small to large. */
export function instancesText({ partitions }: Partitioning): string {
  const ascending = partitions.toSorted((a, b) => a.cus - b.cus)
  return [...countsOf(ascending.map(({ name }) => name))]
    .map(([name, count]) => `${count}x${name}`)
    .join(' + ')
}

/** PARIS's knees, segments and demand, its instances (fractional, as printed, chosen), and the layout. */
function planText(gpu: PartitionableGpu, plan: SettledPlan, style: TableStyle): string {
  const chosen = countProfiles((plan.partitioning.layouts ?? []).flat())
  const printed = countProfiles((plan.printed.layouts ?? []).flat())
  const rows = plan.segments.map((segment) => [
    segment.size.name,
    `${segment.kneeBatch}`,
    segment.to < segment.from ? 'none' : `${segment.from}-${segment.to}`,
    percent(segment.share),
    segment.demandUs.toFixed(1),
    segment.fractional.toFixed(2),
    `${printed.get(segment.size.name) ?? 0}`,
    `${chosen.get(segment.size.name) ?? 0}`,
  ])
  const head = [
    'size',
    'knee\nbatch',
    'batches',
    'requests',
    'R\nus/request',
    'N\nfractional',
    'as\nprinted',
    'chosen',
  ]
  return [
    textTable(head, rows, style),
    roundingText(plan),
    '',
    layoutText(gpu, plan.partitioning.layouts ?? []),
  ].join('\n')
}

function roundingText({ roundingLoss, chosen, candidates, fractionalPerS }: SettledPlan): string {
  const { tightness, carriedPerS } = chosen
  const others = candidates.length - 1
  return [
    `rounding to whole legal layouts loses ${percentToTenths(roundingLoss)} (ILP at tightness ${tightness}: an estimate of ${significant(carriedPerS)} of ${significant(fractionalPerS)} requests/s)`,
    `chosen by simulation over ${others} other rounding${others === 1 ? '' : 's'} of the ILP`,
  ].join('\n')
}

/** The throughput of every pair, with one row for each partitioning and one column for each scheduler. */
function pairsText({ pairs }: Pick<Study, 'pairs'>, style: TableStyle): string {
  const schedulers = [...new Set(pairs.map(({ scheduler }) => scheduler.name))]
  const partitionings = [...new Set(pairs.map(({ partitioning }) => partitioning))]
  const rows = partitionings.map((partitioning) => [
    partitioning.name,
    ...schedulers.map((name) => {
      const pair = pairs.find(
        (candidate) => candidate.partitioning === partitioning && candidate.scheduler.name === name,
      )
      return pair === undefined ? '' : significant(pair.capacity.ratePerS)
    }),
    instancesText(partitioning),
  ])
  return textTable(['partitioner', ...schedulers, 'instances'], rows, style)
}

/** The tails and the utilisation of the named pairs. */
function detailText(pairs: readonly Pair[], comparedAtPerS: number, style: TableStyle): string {
  const rows = pairs.map(({ partitioning, scheduler, capacity, experience }) => [
    `${partitioning.name} + ${scheduler.name}`,
    rateText(capacity.ratePerS, capacity.halfWidthPerS),
    ms(experience.p50Us),
    ms(experience.p95Us),
    ms(experience.p99Us),
    percentToTenths(experience.lateShare),
    percent(experience.utilisation),
  ])
  const head = [
    'pair',
    'requests/s\nwithin target',
    'p50\nms',
    'p95\nms',
    'p99\nms',
    'late',
    'busy',
  ]
  return `${textTable(head, rows, style)}tails and use at ${significant(comparedAtPerS)} requests/s\n`
}

export function exactText({ best, parisPerS, gap }: ExactCheck): string {
  const verdict =
    gap === 0
      ? "PARIS's layout is the best of them"
      : `PARIS's layout is ${percentToTenths(gap)} below the best, ${instancesText(best.partitioning)}`
  return `exact check: ${best.tried} sets of legal layouts simulated under ELSA; ${verdict} (${significant(parisPerS)} against ${significant(best.ratePerS)} requests/s)`
}

/** The profiles of a GPU and its legal layouts, numbered. */
export function layoutsText(
  gpu: PartitionableGpu,
  layouts: readonly Layout[],
  distinct: number,
  style: TableStyle,
): string {
  const head = ['profile', 'id', 'memory\nGB', 'CUs', 'memory\nslices', 'starts', 'most']
  const rows = gpu.profiles.map((profile) => [
    profile.name,
    `${profile.id ?? '-'}`,
    `${profile.memoryGb}`,
    `${profile.cus}`,
    `${profile.memorySlices}`,
    profile.starts.join(' '),
    `${profile.limit}`,
  ])
  const lines = layouts.map((layout, i) => `${`${i + 1}`.padStart(3)}  ${layoutKey(layout)}`)
  return [
    `${gpu.title}: ${gpu.cus} CUs, ${gpu.memoryGb} GB`,
    '',
    textTable(head, rows, style),
    `${layouts.length} legal layouts to which nothing can be added (standard profiles), ${distinct} of them with different instances`,
    ...lines,
    '',
    ...gpu.provenance.map((line) => `source: ${line}`),
  ].join('\n')
}

/** What the plan carries under ELSA, by simulation. */
function carriedText({ ratePerS, halfWidthPerS }: Capacity): string {
  return `PARIS + ELSA carries ${rateText(ratePerS, halfWidthPerS)} requests/s within the target, by simulation`
}

/** What PARIS as printed carries under ELSA, by simulation. */
function printedText({ ratePerS, halfWidthPerS }: Capacity): string {
  return `as printed, with N rounded to the nearest legal layouts, it carries ${rateText(ratePerS, halfWidthPerS)}`
}

/** PARIS as printed beside PARIS and the best equal layout; nothing if it was left out. */
export function printedLines({ pairs }: Pick<Study, 'pairs'>): string[] {
  const printed = pairs.find((pair) => pair.partitioning.name === 'paris-printed' && isElsa(pair))
  if (printed === undefined) return []
  const equal = bestEqualAlone(pairs).map((pair) => `; the best equal layout, ${carries(pair)}`)
  return [`PARIS as printed, ${carries(printed)}${equal.join('')}`]
}

function carries({ partitioning, scheduler, capacity }: Pair): string {
  return `${instancesText(partitioning)} + ${scheduler.name}, carries ${rateText(capacity.ratePerS, capacity.halfWidthPerS)} requests/s`
}

function neededText({ ratePerS, gpus, carriedPerS }: Needed): string {
  return `${significant(ratePerS)} requests/s need ${gpus} GPU${gpus === 1 ? '' : 's'}: PARIS + ELSA carries ${significant(carriedPerS)} within the target on ${gpus === 1 ? 'it' : 'them'}`
}

/** `411 ± 20`, or only the rate if a single replication gives no interval. */
export function rateText(rate: number, halfWidth: number): string {
  return Number.isFinite(halfWidth)
    ? `${significant(rate)} \u{B1} ${significant(halfWidth)}`
    : significant(rate)
}

function ms(us: number): string {
  return significant(us / 1000)
}
