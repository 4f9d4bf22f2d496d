// Prints what each contender carried of the demands that were served on H200 and H100 GPUs: its goodput and, at each
// load, the share of requests in time of the model that was worst off. Disturbed windows are left out.
import { MOST_LAG_MS } from '../dist/sender-lag.js'
import { RECORDED } from './open-load.mjs'

const runs = [...RECORDED.values()].flatMap((file) => file.runs)
for (const { how, demand, gpu, contenders } of runs) {
  console.log(`\n${demand} on ${gpu}: ${how}`)
  for (const { name, goodput, goodput95, measurements } of contenders) {
    const quiet = measurements.filter(({ senderLagMs }) => senderLagMs <= MOST_LAG_MS)
    const points = quiet
      .sort((a, b) => a.load - b.load)
      .map((point) => `${point.load.toFixed(2)}: ${(100 * leastOf(point)).toFixed(1)}%`)
    const found =
      measurements.length > 1 ? `${goodput.toFixed(2)} (95%: ${goodput95.toFixed(2)})` : ''
    console.log(`  ${name.padEnd(24)} ${found.padEnd(20)} ${points.join('  ')}`)
  }
}

/** The share of requests in time of the model that was worst off. */
function leastOf({ models }) {
  return Math.min(...models.map(({ inTime, offered }) => inTime / offered))
}

/** A goodput, or the least load that was run where nothing was carried even there. */
function bounded({ goodput, measurements }) {
  return goodput || Math.min(...measurements.map(({ load }) => load))
}

function missedAtMost({ measurements }) {
  return 1 - leastOf(measurements.reduce((most, one) => (one.load > most.load ? one : most)))
}

const pairs = RECORDED.get('h200-thirteen-demands').runs.map(({ contenders }) => contenders)
const carried = pairs.filter((pair) => pair.some(({ goodput }) => goodput > 0))
const ratio = geometricMean(carried.map(([own, mps]) => bounded(own) / bounded(mps)))
const missed = geometricMean(pairs.map(([own, mps]) => missedAtMost(mps) / missedAtMost(own)))
console.log(
  `\neclip over MPS in the ${carried.length} of the last ${pairs.length} demands of which either`,
)
console.log(`carried something: ${ratio.toFixed(2)}; at the largest load of all ${pairs.length},`)
console.log(
  `MPS missed ${missed.toFixed(1)} times as many requests of the model that was worst off`,
)

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
