import { getOrMake } from '../../maps.js'

/** How many requests of a model have ended since the server started, and how many of them within the target. */
export interface TargetCount {
  readonly ended: number
  readonly inTime: number
}

/** Counts, for each model, the requests to which its target applies. */
export class TargetCounts {
  readonly #byModel = new Map<string, { ended: number; inTime: number }>()

  inTime(model: string): void {
    const count = this.#of(model)
    count.ended++
    count.inTime++
  }

  missed(model: string): void {
    this.#of(model).ended++
  }

  /** The counts at this moment; later requests do not change them. */
  all(): ReadonlyMap<string, TargetCount> {
    return new Map([...this.#byModel].map(([model, count]) => [model, { ...count }]))
  }

  #of(model: string): { ended: number; inTime: number } {
    return getOrMake(this.#byModel, model, () => ({ ended: 0, inTime: 0 }))
  }
}
