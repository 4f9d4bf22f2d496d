import { type Claim, judge } from './claims.js'
import { maskCosts, streamLatencies } from './motivation.js'
import { type PaperMix, paperMixes, plotted } from './paper.js'
import { type Model, type Parameter, parametersOf } from './perturb.js'
import { type MixResult, runMix } from './run-mix.js'
import { runnableMixes, type Setup } from './setup.js'

/**
 * A claim, its verdict under the model as it is, and which changes of a parameter turn the verdict.
 */
export interface Robustness {
  readonly id: string
  readonly paper: string
  readonly holds: boolean
  /** How many changes were made; a parameter raised and lowered counts twice. */
  readonly tried: number
  /** Changes such as `power.idleW +20%`. */
  readonly turnedBy: readonly string[]
}

export interface PerturbOptions {
  /** Relative changes of each parameter, e.g. 0.2 and -0.2. */
  readonly changes: readonly number[]
  readonly mixes?: readonly PaperMix[]
  readonly parameters?: (parameter: Parameter) => boolean
  /** The setup of a changed model. */
  readonly setupOf: (model: Model) => Setup
  readonly onStep: (text: string) => void
}

const MOST_STREAMS = 12

/** Changes one parameter of the model at a time and judges every claim again. */
export async function robustness(model: Model, options: PerturbOptions): Promise<Robustness[]> {
  const { changes, parameters = () => true, setupOf, onStep } = options
  const nominal = await verdicts(setupOf(model), options)
  const turnedBy = new Map(nominal.map(({ id }) => [id, [] as string[]]))
  let tried = 0
  for (const parameter of parametersOf(model).filter(parameters)) {
    for (const change of changes) {
      const name = `${parameter.name} ${change > 0 ? '+' : '\u2212'}${Math.abs(100 * change)}%`
      onStep(name)
      const changed = parameter.with(parameter.value * (1 + change))
      const claims = await verdicts(setupOf(changed), options)
      claims.forEach(({ id, holds }, i) => {
        if (holds !== nominal[i].holds) turnedBy.get(id)?.push(name)
      })
      tried++
    }
  }
  return nominal.map(({ id, paper, holds }) => ({
    id,
    paper,
    holds,
    tried,
    turnedBy: turnedBy.get(id) ?? [],
  }))
}

/**
 * The claims about the paper's scenarios. Those about the switch budget are left out, since each
 * would need a sweep of its own.
 */
async function verdicts(setup: Setup, { mixes = paperMixes }: PerturbOptions): Promise<Claim[]> {
  const results: MixResult[] = []
  for (const runnable of runnableMixes(setup)) {
    if (!mixes.includes(runnable.mix)) continue
    results.push(await runMix(setup, runnable, [...plotted, 'kernel-wise-ioctl'], 'average'))
  }
  const albert = setup.profile('albert', setup.batch)
  const { device, seed } = setup
  return judge({
    mixes: results,
    maskCosts: albert ? maskCosts(device, albert, seed) : [],
    streams: albert ? streamLatencies(device, albert, MOST_STREAMS, seed) : [],
    budgets: [],
  })
}
