// How launches at several priority levels share a device. Sets of launches of a demand are drawn with a seed. Each
// set is simulated kernel by kernel, once with all launches at one level and once with each at one of three. The
// request-level simulator derives the second from the first (src/size/plan-service.ts). Prints how far off it is, by
// the step of its exponent; a step of 0 ignores levels.
//
//   npm run build && node bench/levels.mjs [SETS]      50 sets of each of three demands, some minutes
import { fileURLToPath } from 'node:url'
import { totalCus } from '../dist/device/device.js'
import { loadDemand } from '../dist/io/demand.js'
import { mean, sum } from '../dist/numbers.js'
import { createRandom } from '../dist/random.js'
import { simulate } from '../dist/simulate/simulate.js'
import { kernelRun } from '../dist/size/kernel-run.js'
import { favourLevels } from '../dist/size/plan-service.js'

const DEMANDS = ['four-8', 'six-8', 'outside']
const PARTS = [0.3, 0.4, 0.6]
const LEVELS = 3
const MOST_LAUNCHES = 5
const STEPS = [0, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2]
const WINDOW = { warmupUs: 8000, durationUs: 50_000, seed: 1, mode: 'coarse' }

/** The requests per second of each launch. */
function ratesOf(demand, launches, levels) {
  const { scenario, plan } = kernelRun(demand, 'mps', launches)
  const workers = plan.workers.map((worker, i) => ({
    ...worker,
    groups: worker.groups.map((group) => ({ ...group, priority: levels[i] })),
  }))
  const result = simulate(scenario, { ...plan, workers }, WINDOW)
  return result.workers.map(({ requestsPerSecond }) => requestsPerSecond)
}

const known = new Map()

function rateAlone(demand, launch) {
  const key = `${demand.models[launch.model].name}@${launch.share}`
  if (!known.has(key)) known.set(key, ratesOf(demand, [launch], [0])[0])
  return known.get(key)
}

const errors = STEPS.map(() => [])
const sums = []
const random = createRandom(1)
for (const name of DEMANDS) {
  const demand = loadDemand(fileURLToPath(new URL(`demands/${name}.json`, import.meta.url)))
  const cus = totalCus(demand.device)
  for (let set = 0; set < Number(process.argv[2] ?? 50); set++) {
    const share = Math.round(PARTS[random.integer(PARTS.length)] * cus)
    const launches = Array.from({ length: 2 + random.integer(MOST_LAUNCHES - 1) }, () => {
      const model = random.integer(demand.models.length)
      return { model, batch: demand.models[model].samples, share }
    })
    const levels = launches.map(() => random.integer(LEVELS))
    const alone = launches.map((launch) => rateAlone(demand, launch))
    const speeds = (rates) => Float64Array.from(rates, (rate, i) => Math.min(1, rate / alone[i]))
    const even = speeds(
      ratesOf(
        demand,
        launches,
        levels.map(() => 0),
      ),
    )
    const leveled = speeds(ratesOf(demand, launches, levels))
    sums.push(sum(leveled) / sum(even) - 1)
    const running = levels.map((level) => ({ level }))
    STEPS.forEach((step, s) => {
      const told = Float64Array.from(even)
      favourLevels(running, told, step)
      errors[s].push(...told.map((speed, i) => Math.abs(Math.log(speed / leveled[i]))))
    })
  }
}
console.log('| step | mean distance of a speed |\n|---|---|')
STEPS.forEach((step, s) => {
  console.log(`| ${step} | ${(100 * mean(errors[s])).toFixed(1)}% |`)
})
const spread = Math.sqrt(mean(sums.map((value) => value ** 2)))
console.log(`The sum of speeds changes by ${(100 * spread).toFixed(1)}% (root mean square).`)
