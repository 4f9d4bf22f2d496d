import { clamp } from '../numbers.js'
import type { ServingMechanism } from '../plan/serving-plan.js'
import { type ColocatedClass, Colocation, type SimulatedState } from './colocation.js'
import { classKey, type LaunchClass, stateKey } from './launch-class.js'
import { batchedStateDesign } from './state-design.js'

/** A model of a plan as the device sees it: its share, and its batch sizes in ascending order. */
export interface ColocatedModel {
  readonly share: number
  readonly batches: readonly number[]
  /** The most launches of it that can run at once. */
  readonly most: number
}

/** Simulates launches that run together, and returns their times in µs. */
export type SimulateStates = (
  mechanism: ServingMechanism,
  states: readonly (readonly LaunchClass[])[],
) => Promise<number[][]>

/** Makes colocations from simulated states. Each state is simulated once, however many plans need it. */
export class Colocations {
  readonly #simulate: SimulateStates
  /** Times in µs of the launches of each class, by mechanism and state. */
  readonly #known = new Map<string, ReadonlyMap<string, number>>()
  readonly #colocations = new Map<string, Colocation>()

  constructor(simulate: SimulateStates) {
    this.#simulate = simulate
  }

  /** Number of states simulated so far. */
  get states(): number {
    return this.#known.size
  }

  /** Whether such a colocation has been made, so that another one needs no states. */
  has(mechanism: ServingMechanism, models: readonly ColocatedModel[]): boolean {
    return this.#colocations.has(JSON.stringify([mechanism, models]))
  }

  /** How the launches of these models slow each other down under the mechanism. */
  async of(mechanism: ServingMechanism, models: readonly ColocatedModel[]): Promise<Colocation> {
    const key = JSON.stringify([mechanism, models])
    const known = this.#colocations.get(key)
    if (known) return known
    const colocation = await this.#make(mechanism, models)
    this.#colocations.set(key, colocation)
    return colocation
  }

  async #make(mechanism: ServingMechanism, models: readonly ColocatedModel[]): Promise<Colocation> {
    const anchors: LaunchClass[] = []
    const anchorsOf = models.map(({ share, batches }, model): [number, number] => {
      const low = anchors.push({ model, batch: batches[0], share }) - 1
      const large = batches[batches.length - 1]
      return [low, batches.length === 1 ? low : anchors.push({ model, batch: large, share }) - 1]
    })
    const most = Math.max(...models.map((model) => model.most))
    const design = batchedStateDesign(anchorsOf, most)
    const launchesOf = (counts: readonly number[]): LaunchClass[] =>
      anchors.flatMap((anchor, i) => new Array<LaunchClass>(counts[i]).fill(anchor))
    const alone = models.flatMap(({ share, batches }, model) =>
      batches.map((batch) => [{ model, batch, share }]),
    )
    await this.#learn(mechanism, [...alone, ...design.map(launchesOf)])
    const times = (launches: readonly LaunchClass[]): ReadonlyMap<string, number> =>
      this.#known.get(keyOf(mechanism, launches))!
    const states = design.map((counts): SimulatedState => {
      const byClass = times(launchesOf(counts))
      const timesUs = anchors.map((anchor) => byClass.get(classKey(anchor)) ?? Number.NaN)
      return { counts, timesUs }
    })
    const classes = models.flatMap(({ share, batches }, model) => {
      const aloneUs = batches.map((batch) => {
        const one = { model, batch, share }
        return times([one]).get(classKey(one))!
      })
      return batches.map((batch, i): ColocatedClass => {
        const largePart = partBetween(aloneUs[0], aloneUs[aloneUs.length - 1], aloneUs[i])
        return { model, batch, aloneUs: aloneUs[i], anchors: anchorsOf[model], largePart }
      })
    })
    return new Colocation(classes, states)
  }

  async #learn(mechanism: ServingMechanism, states: readonly LaunchClass[][]): Promise<void> {
    const wanted = new Map(states.map((state) => [keyOf(mechanism, state), state]))
    for (const key of this.#known.keys()) wanted.delete(key)
    const fresh = [...wanted]
    const times = await this.#simulate(
      mechanism,
      fresh.map(([, state]) => state),
    )
    fresh.forEach(([key, state], s) => {
      this.#known.set(key, new Map(state.map((one, i) => [classKey(one), times[s][i]])))
    })
  }
}

function keyOf(mechanism: ServingMechanism, launches: readonly LaunchClass[]): string {
  return `${mechanism}:${stateKey(launches)}`
}

/**
 * Position of a time between the least, which is 0, and the most, which is 1, on a logarithmic scale: that is how
 * slowdowns are composed of those of the two. By the times themselves, a batch of 8 between 1 and 32 would hardly slow
 * others down more than a single sample does, though it fills the device nearly as much as 32.
 */
function partBetween(least: number, most: number, value: number): number {
  return most > least ? clamp(Math.log(value / least) / Math.log(most / least), 0, 1) : 0
}
