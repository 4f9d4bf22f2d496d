import { countsOf, finiteOrNull } from '../numbers.js'
import { ELSA_DEFAULTS } from '../schedule/partitions/elsa.js'
import type { ComparedPlan } from './compared-plan.js'
import type { Effort } from './evaluate.js'
import type { Needed } from './gpus-needed.js'
import { countProfiles, type Layout } from './layout.js'
import type { Partitioning, PartitionProblem } from './partitioners/partitioner.js'
import type { ExactCheck, SettledPlan, Study } from './study.js'

/** A layout as plain data. */
export function layoutJson(layout: Layout) {
  return layout.map(({ profile, start }) => ({ profile: profile.name, start }))
}

function problemJson({ gpu, gpus, latency, slaUs, quantile, distribution }: PartitionProblem) {
  return {
    gpu: gpu.name,
    gpus,
    model: latency.model,
    latencySource: latency.source,
    slaMs: slaUs / 1000,
    quantile,
    batchShares: [...distribution],
  }
}

/** The assumptions under which answers were tried. */
function assumptionsJson({ elsa = ELSA_DEFAULTS, estimateNoise = 0 }: Effort) {
  return { elsa, estimateNoise }
}

function planJson(plan: SettledPlan) {
  return {
    segments: plan.segments.map(({ size, ...segment }) => ({
      size: size.name,
      cus: size.cus,
      ...segment,
    })),
    roundingLoss: plan.roundingLoss,
    fractionalPerS: plan.fractionalPerS,
    estimatePerS: plan.chosen.carriedPerS,
    tightness: plan.chosen.tightness,
    roundingsTried: plan.candidates.length,
    layouts: (plan.partitioning.layouts ?? []).map(layoutJson),
    instances: instancesJson(plan.partitioning),
    printedInstances: instancesJson(plan.printed),
  }
}

/**
 * A plan with what it is compared with.
 * @param commands the commands that set its layouts up
 */
export function comparedPlanJson(
  { sized, printed, exact, needed }: ComparedPlan,
  effort: Effort,
  commands: readonly string[],
) {
  return {
    ...problemJson(sized.problem),
    ...assumptionsJson(effort),
    ...planJson(sized.plan),
    throughputPerS: sized.carried.ratePerS,
    printedThroughputPerS: printed.ratePerS,
    commands,
    ...(exact && { exactCheck: checkJson(exact) }),
    ...(needed && { needed: neededJson(needed) }),
  }
}

function checkJson({ best, parisPerS, gap }: ExactCheck) {
  return {
    layoutSetsTried: best.tried,
    parisPerS,
    bestPerS: best.ratePerS,
    gap,
    bestInstances: instancesJson(best.partitioning),
  }
}

function neededJson({ ratePerS, gpus, carriedPerS }: Needed) {
  return { ratePerS, gpus, carriedPerS }
}

export function studyJson(problem: PartitionProblem, effort: Effort, study: Study) {
  return {
    ...problemJson(problem),
    ...assumptionsJson(effort),
    plan: planJson(study.plan),
    comparedAtPerS: study.comparedAtPerS,
    pairs: study.pairs.map(({ partitioning, scheduler, capacity, experience }) => ({
      partitioner: partitioning.name,
      scheduler: scheduler.name,
      kind: partitioning.kind,
      throughputPerS: capacity.ratePerS,
      halfWidth95PerS: finiteOrNull(capacity.halfWidthPerS),
      perReplicationPerS: capacity.perReplication,
      p50Ms: experience.p50Us / 1000,
      p95Ms: experience.p95Us / 1000,
      p99Ms: experience.p99Us / 1000,
      meanWaitMs: experience.meanWaitUs / 1000,
      lateShare: experience.lateShare,
      utilisation: experience.utilisation,
      byPartition: experience.byPartition,
    })),
    without: study.without,
    verdict: study.verdict,
    ...(study.exact && { exactCheck: checkJson(study.exact) }),
  }
}

function instancesJson({ partitions, layouts }: Partitioning): Record<string, number> {
  if (layouts !== undefined) return Object.fromEntries(countProfiles(layouts.flat()))
  return Object.fromEntries(countsOf(partitions.map(({ name }) => name)))
}
