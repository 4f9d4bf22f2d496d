import type { Claim } from './claim.js'
import { judge } from './claims.js'
import { motivationOf } from './motivation.js'
import { judgedPolicies, type PaperMix, paperMixes } from './paper.js'
import { type MixResult, runMix } from './run-mix.js'
import { runnableMixes, type Setup } from './setup.js'

/**
 * The claims about the paper's scenarios, for one model of many. Claims about the switch budget are left
 * out, since each would need a sweep of its own, and so are claims about policies that are not run.
 * Reasons are given without ablations.
 */
export async function judgeModel(
  setup: Setup,
  mixes: readonly PaperMix[] = paperMixes,
  policies: readonly string[] = judgedPolicies,
): Promise<Claim[]> {
  const results: MixResult[] = []
  for (const runnable of runnableMixes(setup)) {
    if (!mixes.includes(runnable.mix)) continue
    const options = { purpose: 'average', freeSwitches: 'skip' } as const
    results.push(await runMix(setup, runnable, policies, options))
  }
  return judge({ mixes: results, ...motivationOf(setup), budgets: [] })
}
