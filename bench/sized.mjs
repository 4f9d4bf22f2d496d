// Whether `eclip size` finds plans that are at least as good in simulation as tuning MPS by hand. For each
// demand in bench/demands, it compares the load that its plan carries with the best of a grid of shares and
// numbers of instances, as somebody would try them to tune MPS (src/bench/demand/contenders.ts). The grid is
// tried as it is, and with late requests dropped and launches ordered by deadline. The plans are compared under
// arrivals that the search has not seen.
//
//   npm run build && node bench/sized.mjs                  all demands, a minute each
//   npm run build && node bench/sized.mjs four-8 gamma     some of them
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ALL_RIVALS, mpsContenders } from '../dist/bench/demand/contenders.js'
import { loadDemand } from '../dist/io/demand.js'
import { Colocations } from '../dist/size/colocations.js'
import { expectedMs } from '../dist/size/dispatch.js'
import { goodputOf } from '../dist/size/plan-goodput.js'
import { PlanService } from '../dist/size/plan-service.js'
import { sizeDemand } from '../dist/size/size-demand.js'
import { stateTimesUs } from '../dist/size/state-times.js'

const FOLDER = new URL('demands/', import.meta.url)
/** The search sees the arrivals of the first seed, the comparison those of the others. */
const SEED = 1
const OTHER_SEEDS = [2, 3]
const MOST_INSTANCES = 3
const SETTINGS = ALL_RIVALS.filter((rival) => typeof rival !== 'string')

const asked = process.argv.slice(2)
const names = readdirSync(FOLDER)
  .map((file) => file.replace(/\.json$/, ''))
  .filter((name) => asked.length === 0 || asked.includes(name))

/** The same contender with late requests dropped and launches ordered by deadline. */
function withDrops(demand, { name, plan }, colocation) {
  const models = plan.models.map((model, m) => ({
    ...model,
    late: 'drop',
    expectedMs: Object.fromEntries(
      model.batches.map((batch) => [
        batch,
        expectedMs(demand, colocation, m, batch, plan.models.length),
      ]),
    ),
  }))
  return { name: `${name} with drops`, plan: { ...plan, priority: 'deadline', models } }
}

/** The mean goodput under the arrivals that the search has not seen. */
async function carriedBy(demand, plan, colocations, guess) {
  const colocation = await colocationOf(plan, colocations)
  const served = { demand, plan, service: new PlanService(demand, plan, colocation) }
  const loads = OTHER_SEEDS.map((seed) => goodputOf(served, seed, guess))
  return loads.reduce((sum, load) => sum + load, 0) / loads.length
}

function colocationOf(plan, colocations) {
  const models = plan.models.map(({ share, batches }) => ({ share, batches, most: MOST_INSTANCES }))
  return colocations.of(plan.mechanism, models)
}

async function bestRival(demand, colocations, guess, change) {
  let best = { name: 'none', goodput: 0 }
  for (const contender of mpsContenders(demand, SETTINGS)) {
    const { name, plan } = change(contender, await colocationOf(contender.plan, colocations))
    const goodput = await carriedBy(demand, plan, colocations, guess)
    if (goodput > best.goodput) best = { name, goodput }
  }
  return best
}

console.log(
  '| demand | eclip size | tuned MPS | with drops and deadlines | eclip against them | took |',
)
console.log('|---|---|---|---|---|---|')
for (const name of names) {
  const demand = loadDemand(fileURLToPath(new URL(`${name}.json`, FOLDER)))
  const began = performance.now()
  const { plan, goodput: guess } = await sizeDemand(demand, { seed: SEED })
  const seconds = (performance.now() - began) / 1000
  const colocations = new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(demand, mechanism, launches)),
  )
  const own = await carriedBy(demand, plan, colocations, guess)
  const plain = await bestRival(demand, colocations, guess, (contender) => contender)
  const dropping = await bestRival(demand, colocations, guess, (contender, colocation) =>
    withDrops(demand, contender, colocation),
  )
  const rivals = [plain, dropping]
  const texts = rivals.map(({ name: rival, goodput }) => `${goodput.toFixed(2)} (${rival})`)
  const gains = rivals.map(({ goodput }) => `${(100 * (own / goodput - 1)).toFixed(0)}%`)
  console.log(
    `| ${name} | ${own.toFixed(2)} | ${texts.join(' | ')} | ${gains.join(', ')} | ${seconds.toFixed(0)} s |`,
  )
}
