import { offeredCus } from '../device/device.js'
import { rightSize } from '../profile/right-size.js'
import { type Ablation, ablations } from './ablations.js'
import type { Claim } from './claim.js'
import { judge } from './claims.js'
import { MOTIVATION_MODEL, type Motivation, motivationOf } from './motivation.js'
import { reproducedPolicies } from './paper.js'
import type { Region } from './region.js'
import { type MixResult, runMix } from './run-mix.js'
import { runnableMixes, type Setup } from './setup.js'

/** The paper's evaluation, run again. */
export interface Reproduction extends Motivation {
  readonly device: string
  readonly batch: number
  readonly profiles: 'synthesized' | 'measured' | 'imported'
  readonly mixes: readonly MixResult[]
  /** The right-size, in CUs, of each kernel of albert in execution order (Figure 3). */
  readonly rightSizes: readonly number[]
  readonly ablations: readonly Ablation[]
  readonly claims: readonly Claim[]
  /** What the claims come to in all models that agree with the evidence; absent if it was not asked for. */
  readonly region?: Region
}

export interface ReproduceOptions {
  readonly ablations: 'run' | 'skip'
  /** Called with the name of each part as it begins. */
  readonly onStep: (text: string) => void
}

const REPORTED = { purpose: 'report', freeSwitches: 'run' } as const

/** Runs the paper's evaluation on a setup, with the same parameters for every mix. */
export async function reproduce(setup: Setup, options: ReproduceOptions): Promise<Reproduction> {
  const { onStep } = options
  const { device, batch } = setup
  const mixes: MixResult[] = []
  for (const runnable of runnableMixes(setup)) {
    onStep(`Mix ${runnable.mix.id}: ${runnable.mix.models.join(', ')}`)
    mixes.push(await runMix(setup, runnable, reproducedPolicies, REPORTED))
  }
  onStep('motivation figures')
  const albert = setup.profile(MOTIVATION_MODEL, batch)
  const motivation = motivationOf(setup)
  const ablated = options.ablations === 'run' ? await ablations(setup, onStep) : []
  const budgets = ablated.find(({ id }) => id === 'budget')?.points ?? []
  return {
    device: device.name,
    batch,
    profiles: mixes.length > 0 ? (albert?.source ?? 'synthesized') : 'synthesized',
    mixes,
    ...motivation,
    rightSizes: albert ? albert.kernels.map((kernel) => rightSize(kernel, offeredCus(device))) : [],
    ablations: ablated,
    claims: judge({ mixes, ...motivation, budgets }),
  }
}
