import type { Sizing } from './size-demand.js'

/** What further models cost those that were there before. */
export interface Addition {
  readonly added: readonly string[]
  /** Multiple of the demand that is carried without them, and of the larger demand with them. */
  readonly goodputBefore: number
  readonly goodputAfter: number
  /** The models that were there before, at the demand; NaN where nothing is answered. */
  readonly models: readonly {
    readonly name: string
    readonly p95BeforeMs: number
    readonly p95AfterMs: number
  }[]
}

/** Compares a demand with the same demand and further models after its own, each under its own plan. */
export function additionOf(before: Sizing, after: Sizing): Addition {
  return {
    added: after.models.slice(before.models.length).map(({ name }) => name),
    goodputBefore: before.goodput,
    goodputAfter: after.goodput,
    models: before.models.map(({ name, p95Ms }, m) => ({
      name,
      p95BeforeMs: p95Ms,
      p95AfterMs: after.models[m].p95Ms,
    })),
  }
}
