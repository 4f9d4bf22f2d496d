// What somebody tuning MPS by hand finds, in simulation: the best of a grid of shares and numbers of instances
// (src/bench/demand/contenders.ts), under arrivals that the search of `eclip size` has not seen.
import { ALL_RIVALS, mpsContenders } from '../dist/bench/demand/contenders.js'
import { mean } from '../dist/numbers.js'
import { Colocations } from '../dist/size/colocations.js'
import { goodputOf } from '../dist/size/plan-goodput.js'
import { PlanService } from '../dist/size/plan-service.js'
import { stateTimesUs } from '../dist/size/state-times.js'

/** The search sees the arrivals of the first seed, a comparison those of the others. */
export const SEED = 1
const OTHER_SEEDS = [2, 3]
const MOST_INSTANCES = 3
const SETTINGS = ALL_RIVALS.filter((rival) => typeof rival !== 'string')

/** What launches of a demand take together, simulated once for all plans that are compared. */
export function colocationsOf(demand) {
  return new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(demand, mechanism, launches)),
  )
}

function colocationOf(plan, colocations) {
  const models = plan.models.map(({ share, batches }) => ({ share, batches, most: MOST_INSTANCES }))
  return colocations.of(plan.mechanism, models)
}

/** The mean goodput of a plan under the arrivals that the search has not seen. */
export async function carriedBy(demand, plan, colocations, guess) {
  const colocation = await colocationOf(plan, colocations)
  const served = { demand, plan, service: new PlanService(demand, plan, colocation) }
  const loads = OTHER_SEEDS.map((seed) => goodputOf(served, seed, guess))
  return mean(loads)
}

/** The setting of MPS that carries most, after a change to each (`change(contender, colocation)`). */
export async function bestRival(demand, colocations, guess, change = (contender) => contender) {
  let best = { name: 'none', goodput: 0 }
  for (const contender of mpsContenders(demand, SETTINGS)) {
    const { name, plan } = change(contender, await colocationOf(contender.plan, colocations))
    const goodput = await carriedBy(demand, plan, colocations, guess)
    if (goodput > best.goodput) best = { name, goodput }
  }
  return best
}
