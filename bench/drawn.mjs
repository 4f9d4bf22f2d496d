// Draws demands at random from the profiles of a device and plans them without a GPU: for comparisons on a GPU with
// demands that nobody chose. For each it writes the demand and the plan of `eclip size`, and prints the setting of
// MPS that is the best in simulation, with the command that measures both.
//
//   npm run build && node bench/drawn.mjs OUT --device h100 --seed 5 --count 3
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadDemand } from '../dist/io/demand.js'
import { shippedProfiles } from '../dist/io/library.js'
import { groupedBy } from '../dist/maps.js'
import { sum } from '../dist/numbers.js'
import { createRandom } from '../dist/random.js'
import { sizeDemand } from '../dist/size/size-demand.js'
import { bestRival, colocationsOf, SEED } from './tuned-mps.mjs'

const FEWEST_MODELS = 2
const MOST_MODELS = 6
const TIMES_SOLO = [3, 5, 8]
const SAMPLES = [1, 8]
const LARGEST_BATCH = 32
/** A third of the models have arrivals in clumps, with this coefficient of variation. */
const CLUMPED = 2
/** How much of the device the models of a demand take together at load 1, each as if it ran alone. */
const BUSY = 1.5

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'h100' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '1' },
  },
})
const [out = 'drawn'] = positionals
mkdirSync(out, { recursive: true })
const random = createRandom(Number(values.seed))
const oneOf = (choices) => choices[random.integer(choices.length)]
const models = modelsWith([...SAMPLES, LARGEST_BATCH])

for (let drawn = 1; drawn <= Number(values.count); drawn++) {
  const name = `${values.device}-${values.seed}-${drawn}`
  const file = join(out, `${name}.json`)
  writeFileSync(file, JSON.stringify(drawDemand(), null, 2))
  const demand = loadDemand(file)
  const { plan, goodput } = await sizeDemand(demand, { seed: SEED })
  const planFile = join(out, `${name}.plan.json`)
  writeFileSync(planFile, JSON.stringify(plan))
  const rival = await bestRival(demand, colocationsOf(demand), goodput)
  const [low, high] = [rival.goodput, goodput].sort((a, b) => a - b)
  const loads = [low * 0.85, (low + high) / 2, high * 1.1].map((load) => load.toPrecision(3))
  const said = demand.models.map(
    ({ name, ratePerSecond, targetUs }) =>
      `${name}:${ratePerSecond.toFixed(0)}@${(targetUs / 1000).toFixed(2)}ms`,
  )
  console.log(`${name}: ${said.join('+')}`)
  console.log(`  predicted ${goodput.toFixed(2)}, ${rival.name} ${rival.goodput.toFixed(2)}`)
  console.log(
    `  eclip bench ${file} --plan ${planFile} --rivals ${rival.name.replace('%', '')} --loads ${loads.join(',')}` +
      ` --seconds 10 --repeats 1 --no-predictions --allow-code -o ${join(out, `${name}.bench.json`)}`,
  )
}

/** Models that have shipped profiles at all of these batch sizes. */
function modelsWith(batches) {
  const ofModel = groupedBy(shippedProfiles(values.device), ({ model }) => model)
  const isThere = (files) => batches.every((batch) => files.some((file) => file.batch === batch))
  return [...ofModel].flatMap(([model, files]) => (isThere(files) ? [model] : [])).sort()
}

function drawDemand() {
  const count = FEWEST_MODELS + random.integer(MOST_MODELS - FEWEST_MODELS + 1)
  const left = [...models]
  const drawn = Array.from({ length: count }, () => {
    const [model] = left.splice(random.integer(left.length), 1)
    return { model, samples: oneOf(SAMPLES), part: random.exponential(1) }
  })
  const parts = sum(drawn.map(({ part }) => part))
  return {
    format: 'eclip.demand/1',
    device: values.device,
    models: drawn.map(({ model, samples, part }) => ({
      model,
      samples,
      ratePerSecond: Math.round((1e6 * BUSY * part) / parts / soloUs(model, samples)),
      target: { timesSolo: oneOf(TIMES_SOLO) },
      largestBatch: LARGEST_BATCH,
      ...(random.uniform() < 1 / 3 ? { arrivals: { gamma: CLUMPED } } : {}),
    })),
  }
}

/** The latency of a request alone on the whole device. */
function soloUs(model, samples) {
  return loadDemand(`${model}/${samples}:1@1x`, values.device).models[0].soloUs
}
