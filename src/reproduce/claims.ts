import type { AblationPoint } from './ablations.js'
import type { Claim } from './claim.js'
import { budgetClaim, gainClaims } from './gain-claims.js'
import { maskClaim, streamsClaim, tableClaims } from './input-claims.js'
import type { MaskCost, StreamLatency } from './motivation.js'
import { paperStreams } from './paper.js'
import { rivalClaims } from './rival-claims.js'
import type { MixResult } from './run-mix.js'

/** What the claims are judged on. A claim without evidence is left out. */
export interface Evidence {
  readonly mixes: readonly MixResult[]
  readonly maskCosts: readonly MaskCost[]
  readonly streams: readonly StreamLatency[]
  /** ECLIP's mean relative throughput by switch budget. */
  readonly budgets: readonly AblationPoint[]
}

/** Every claim of the paper's evaluation, judged. */
export function judge({ mixes, maskCosts, streams, budgets }: Evidence): Claim[] {
  return [
    ...gainClaims(mixes),
    ...rivalClaims(mixes),
    ...tableClaims(mixes),
    ...(maskCosts.length > 0 ? [maskClaim(maskCosts)] : []),
    ...(streams.length > paperStreams.flatTo ? [streamsClaim(streams)] : []),
    ...(budgets.length > 0 ? [budgetClaim(budgets)] : []),
  ]
}
