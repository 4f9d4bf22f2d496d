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
import { loadDemand } from '../dist/io/demand.js'
import { expectedMs } from '../dist/size/dispatch.js'
import { sizeDemand } from '../dist/size/size-demand.js'
import { bestRival, carriedBy, colocationsOf, SEED } from './tuned-mps.mjs'

const FOLDER = new URL('demands/', import.meta.url)

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

console.log(
  '| demand | eclip size | tuned MPS | with drops and deadlines | eclip against them | took |',
)
console.log('|---|---|---|---|---|---|')
for (const name of names) {
  const demand = loadDemand(fileURLToPath(new URL(`${name}.json`, FOLDER)))
  const began = performance.now()
  const { plan, goodput: guess } = await sizeDemand(demand, { seed: SEED })
  const seconds = (performance.now() - began) / 1000
  const colocations = colocationsOf(demand)
  const own = await carriedBy(demand, plan, colocations, guess)
  const plain = await bestRival(demand, colocations, guess)
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
