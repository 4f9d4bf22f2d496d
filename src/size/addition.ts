import type { Sizing } from './size-demand.js'

/** What adding models costs the models that were there before. */
export interface Addition {
  readonly added: readonly string[]
  /** Multiple of the demand carried before the addition, and of the larger demand after it. */
  readonly goodputBefore: number
  readonly goodputAfter: number
  /** The models that were there before, at the demand itself; NaN where nothing is answered. */
  readonly models: readonly {
    readonly name: string
    readonly p95BeforeMs: number
    readonly p95AfterMs: number
  }[]
}

/** Compares a demand with the same demand plus further models at its end, each under its own plan. */
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
