/** How many requests of a model have ended since the server started, and how many within the target. */
export interface TargetCount {
  readonly ended: number
  readonly inTime: number
}

/** Counts, for each model, the requests that its target applies to. */
export class TargetCounts {
  readonly #byModel = new Map<string, TargetCount>()

  inTime(model: string): void {
    const { ended, inTime } = this.#of(model)
    this.#byModel.set(model, { ended: ended + 1, inTime: inTime + 1 })
  }

  missed(model: string): void {
    const { ended, inTime } = this.#of(model)
    this.#byModel.set(model, { ended: ended + 1, inTime })
  }

  /** As they are now; later requests do not change it. */
  all(): ReadonlyMap<string, TargetCount> {
    return new Map(this.#byModel)
  }

  #of(model: string): TargetCount {
    return this.#byModel.get(model) ?? { ended: 0, inTime: 0 }
  }
}
