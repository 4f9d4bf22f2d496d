/** What `--json` prints about partitions: the units of every field, and what is left out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ComparedPlan } from './compared-plan.js'
import { maximalLayouts } from './enumerate.js'
import { gpuNamed } from './gpus/registry.js'
import { comparedPlanJson, layoutJson, studyJson } from './json.js'
import { hardwarePartitioning, type PartitionProblem } from './partitioners/partitioner.js'
import type { Study } from './study.js'

const gpu = gpuNamed('h200')
const layouts = maximalLayouts(gpu)

/** A value of which only these fields are read. */
const only = <T>(fields: object): T => fields as T

const problem = only<PartitionProblem>({
  ...{ gpu, gpus: 2, latency: { model: 'm', source: 'a table' } },
  ...{ slaUs: 2500, quantile: 0.95, distribution: Float64Array.of(0, 0.25, 0.75) },
})
const effort = { requests: 1, replications: 1, tolerance: 0.1, seed: 1 }
/** What every answer begins with: the problem, and what was assumed. */
const heading = {
  ...{ gpu: 'h200', gpus: 2, model: 'm', latencySource: 'a table', slaMs: 2.5 },
  ...{ quantile: 0.95, batchShares: [0, 0.25, 0.75] },
  ...{ elsa: { alpha: 1, beta: 1 }, estimateNoise: 0 },
}

test('layouts say where instances start', () => {
  assert.deepEqual(layoutJson(layouts[1]), [
    { profile: '4g.71gb', start: 0 },
    { profile: '3g.71gb', start: 4 },
  ])
})

/** A study of one pair, on granules that stand for no layout. */
function studyOf(changes: Partial<Study> = {}): Study {
  const partitions = ['1/3', '2/3', '2/3'].map((name) => ({ name }))
  const partitioning = { name: 'soft', kind: 'soft', partitions }
  const printed = { ...partitioning, partitions: partitions.slice(1) }
  const experience = {
    ...{ p50Us: 1000, p95Us: 2000, p99Us: 3000, meanWaitUs: 500 },
    ...{ lateShare: 0.01, utilisation: 0.5, byPartition: [] },
  }
  const capacity = { ratePerS: 10, halfWidthPerS: Number.NaN, perReplication: [9, 11] }
  const segment = { size: { name: '1/3', cus: 44 }, batch: 8 }
  return only<Study>({
    plan: {
      ...{ segments: [segment], roundingLoss: 0.02, fractionalPerS: 12, candidates: [1, 2] },
      ...{ chosen: { carriedPerS: 11, tightness: 0.9 }, partitioning, printed },
    },
    pairs: [{ partitioning, scheduler: { name: 'elsa' }, capacity, experience }],
    ...{ comparedAtPerS: 7, without: [], verdict: { rank: 1 } },
    ...changes,
  })
}

/** The plan of that study. */
const planJson = {
  segments: [{ size: '1/3', cus: 44, batch: 8 }],
  ...{ roundingLoss: 0.02, fractionalPerS: 12, estimatePerS: 11, tightness: 0.9 },
  ...{ roundingsTried: 2, layouts: [] },
  ...{ instances: { '1/3': 1, '2/3': 2 }, printedInstances: { '2/3': 2 } },
}

test('a plan says what it was compared with: partitionings by how many instances of each there are', () => {
  const partitioning = hardwarePartitioning('best', [layouts[1], layouts[1]])
  const needed = { ratePerS: 30, gpus: 2, carriedPerS: 36 }
  const { plan } = studyOf()
  const compared = only<ComparedPlan>({
    sized: { problem, plan, carried: { ratePerS: 9 } },
    printed: { ratePerS: 8 },
    exact: { best: { tried: 105, ratePerS: 20, partitioning }, parisPerS: 18, gap: 0.1 },
    needed: { ...needed, sized: {} },
  })
  assert.deepEqual(comparedPlanJson(compared, effort, ['nvidia-smi']), {
    ...heading,
    ...planJson,
    ...{ throughputPerS: 9, printedThroughputPerS: 8, commands: ['nvidia-smi'], needed },
    exactCheck: {
      ...{ layoutSetsTried: 105, parisPerS: 18, bestPerS: 20, gap: 0.1 },
      bestInstances: { '4g.71gb': 2, '3g.71gb': 2 },
    },
  })
})

test('what was assumed is said, also where it is not the usual', () => {
  const elsa = { alpha: 2, beta: 0.5 }
  const study = studyJson(problem, { ...effort, elsa, estimateNoise: 0.1 }, studyOf())
  assert.deepEqual([study.elsa, study.estimateNoise], [elsa, 0.1])
})

test('a study has latencies in ms, rates per second, and null where one run has no interval', () => {
  assert.deepEqual(studyJson(problem, effort, studyOf()), {
    ...heading,
    plan: planJson,
    pairs: [
      {
        ...{ partitioner: 'soft', scheduler: 'elsa', kind: 'soft', throughputPerS: 10 },
        ...{ halfWidth95PerS: null, perReplicationPerS: [9, 11] },
        ...{ p50Ms: 1, p95Ms: 2, p99Ms: 3, meanWaitMs: 0.5 },
        ...{ lateShare: 0.01, utilisation: 0.5, byPartition: [] },
      },
    ],
    ...{ comparedAtPerS: 7, without: [], verdict: { rank: 1 } },
  })
  const partitioning = hardwarePartitioning('best', [layouts[0]])
  const exact = { best: { tried: 14, ratePerS: 20, partitioning }, parisPerS: 20, gap: 0 }
  const checked = studyJson(problem, effort, studyOf({ exact }))
  assert.equal(checked.exactCheck?.layoutSetsTried, 14)
})
