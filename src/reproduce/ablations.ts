import { mean } from '../numbers.js'
import type { PolicyParameters } from '../policy/policy.js'
import { type Relative, relative, resultOf } from './relative.js'
import { type MixResult, type PolicyResult, type PolicyRun, runPolicies } from './run-mix.js'
import { type RunnableMix, runnableMixes, type Setup } from './setup.js'

/** ECLIP compared with Baseline, averaged over the mixes, with one thing changed. */
export interface AblationPoint extends Relative {
  readonly value: number | string
  /** Switches per request, summed over the workers and averaged over the mixes. */
  readonly switches: number
  /** How many mixes the averages cover. */
  readonly mixes: number
}

export interface Ablation {
  readonly id: 'budget' | 'streams' | 'gap' | 'slowdown' | 'fairness' | 'batch'
  readonly title: string
  readonly points: readonly AblationPoint[]
}

/** A value, and the parameters that it stands for. */
interface Variant {
  readonly value: number | string
  readonly changed: Partial<PolicyParameters>
}

interface Sweep extends Omit<Ablation, 'points'> {
  readonly variants: readonly Variant[]
  /** Whether a mix really got what the value says; if left out, every mix did. */
  readonly applies?: (value: Variant['value'], result: PolicyResult) => boolean
}

/** If the pool is made of four shader engines, each worker has at most three streams. */
const MOST_POOL_STREAMS = 9

const sweeps: readonly Sweep[] = [
  {
    id: 'budget',
    title: 'Switch budget of each worker',
    variants: [0, 1, 2, 4, 7, 10, 14, 20, 30, 40].map((switchBudget) => ({
      value: switchBudget,
      changed: { switchBudget },
    })),
  },
  {
    id: 'streams',
    title: 'Masked streams of the pool',
    variants: Array.from({ length: MOST_POOL_STREAMS }, (_, i) => ({
      value: i + 1,
      changed: { poolStreams: i + 1 },
    })),
    applies: (value, { maskedStreams }) => maskedStreams === value,
  },
  {
    id: 'gap',
    title: 'Gap at which the optimizer stops',
    variants: [0, 0.003, 0.01, 0.03].map((optimalityGap) => ({
      value: optimalityGap,
      changed: { optimalityGap },
    })),
  },
  {
    id: 'slowdown',
    title: 'Slowdown that the optimizer expects',
    variants: (['all-workers', 'other-workers'] as const).map((slowdown) => ({
      value: slowdown,
      changed: { slowdown },
    })),
  },
  {
    id: 'fairness',
    title: 'Weight of each worker in the objective',
    variants: (['equal', 'solo-time'] as const).map((fairness) => ({
      value: fairness,
      changed: { fairness },
    })),
  },
]

const BATCHES = [1, 2, 4, 8, 16]

/**
 * Runs every ablation over the mixes.
 * @param onStep told what is about to run
 */
export async function ablations(setup: Setup, onStep: (text: string) => void): Promise<Ablation[]> {
  const variants = sweeps.flatMap((sweep) => sweep.variants)
  const byMix: MixResult[][] = []
  for (const runnable of runnableMixes(setup)) {
    onStep(`ablations of Mix ${runnable.mix.id}`)
    byMix.push(await runVariants(setup, runnable, variants))
  }
  const swept = sweeps.map(({ id, title, variants: own, applies = () => true }) => ({
    id,
    title,
    points: own.flatMap((variant) => {
      const index = variants.indexOf(variant)
      const results = byMix.map((ofMix) => ofMix[index])
      const given = results.filter((result) => applies(variant.value, resultOf(result, 'eclip')))
      return given.length === 0 ? [] : [pointOf(variant.value, given)]
    }),
  }))
  return [...swept, await batchAblation(setup, onStep)]
}

/** One mix under Baseline once, and under ECLIP with each variant's parameters. */
async function runVariants(
  setup: Setup,
  { mix, scenario }: RunnableMix,
  variants: readonly Variant[],
): Promise<MixResult[]> {
  const runs: PolicyRun[] = [
    { name: 'baseline', policy: 'baseline' },
    ...variants.map(({ changed }) => ({ name: 'eclip', policy: 'eclip', changed })),
  ]
  const evaluator = setup.openEvaluator(scenario, 'average')
  try {
    const [baseline, ...eclip] = await runPolicies(setup, scenario, evaluator, runs)
    return eclip.map((result) => ({
      mix,
      policies: new Map([
        ['baseline', baseline],
        ['eclip', result],
      ]),
      freeSwitches: new Map(),
    }))
  } finally {
    await evaluator.close()
  }
}

/** Batch sizes for which every mix has profiles, so that averages can be compared. */
async function batchAblation(setup: Setup, onStep: (text: string) => void): Promise<Ablation> {
  const points: AblationPoint[] = []
  const whole = runnableMixes(setup).length
  for (const batch of BATCHES) {
    const mixes = runnableMixes({ ...setup, batch })
    if (mixes.length < whole) continue
    onStep(`ablation of batch size ${batch}`)
    const results: MixResult[] = []
    for (const mix of mixes) {
      results.push(...(await runVariants(setup, mix, [{ value: batch, changed: {} }])))
    }
    points.push(pointOf(batch, results))
  }
  return { id: 'batch', title: 'Batch size', points }
}

function pointOf(value: number | string, results: readonly MixResult[]): AblationPoint {
  const gains = results.map((result) => relative(result, 'eclip'))
  return {
    value,
    throughput: mean(gains.map((gain) => gain.throughput)),
    weightedSpeedup: mean(gains.map((gain) => gain.weightedSpeedup)),
    requestsPerWatt: mean(gains.map((gain) => gain.requestsPerWatt)),
    p95: mean(gains.map((gain) => gain.p95)),
    switches: mean(results.map((result) => resultOf(result, 'eclip').switches)),
    mixes: results.length,
  }
}
