import type { Claim } from './claim.js'
import { judgeModel } from './judge-model.js'
import type { PaperMix } from './paper.js'
import { type Model, type Parameter, parametersOf } from './perturb.js'
import type { Setup } from './setup.js'

/** A claim, its verdict under the model that ships, and the changes of a parameter that reverse the verdict. */
export interface Robustness extends Pick<Claim, 'id' | 'kind' | 'paper' | 'holds'> {
  /** How many changes were made. A parameter that is raised and lowered counts twice. */
  readonly tried: number
  /** Changes such as `power.idleW +20%`. */
  readonly turnedBy: readonly string[]
}

export interface PerturbOptions {
  /** The relative changes to make to each parameter, e.g. 0.2 and -0.2. */
  readonly changes: readonly number[]
  readonly mixes?: readonly PaperMix[]
  readonly parameters?: (parameter: Parameter) => boolean
  /** The setup of a changed model. */
  readonly setupOf: (model: Model) => Setup
  readonly onStep: (text: string) => void
}

/** Changes one parameter of the model at a time and judges every claim again. */
export async function robustness(model: Model, options: PerturbOptions): Promise<Robustness[]> {
  const { changes, parameters = () => true, setupOf, onStep } = options
  const nominal = await judgeModel(setupOf(model), options.mixes)
  const turnedBy = new Map(nominal.map(({ id }) => [id, [] as string[]]))
  let tried = 0
  for (const parameter of parametersOf(model).filter(parameters)) {
    for (const change of changes) {
      const name = `${parameter.name} ${change > 0 ? '+' : '\u2212'}${Math.abs(100 * change)}%`
      onStep(name)
      const changed = parameter.with(parameter.value * (1 + change))
      const claims = await judgeModel(setupOf(changed), options.mixes)
      claims.forEach(({ id, holds }, i) => {
        if (holds !== nominal[i].holds) turnedBy.get(id)?.push(name)
      })
      tried++
    }
  }
  return nominal.map(({ id, kind, paper, holds }) => ({
    id,
    kind,
    paper,
    holds,
    tried,
    turnedBy: turnedBy.get(id) ?? [],
  }))
}
