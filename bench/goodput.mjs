// Prints what each contender carried of the demands that were served on H200 and H100 GPUs: its goodput and, at each
// load, the share of requests in time of the model that was worst off. Disturbed windows are left out.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FILES = [
  'h200-demands',
  'new-demands',
  'trial-demands',
  'long-windows',
  'blind-demands',
  'h200-thirteen-demands',
]
/** If requests left later than this at the 99th percentile, the host held them up. */
const MOST_LAG_MS = 1

const runs = FILES.flatMap((name) => {
  const file = new URL(`../data/measured/open-load/${name}.json.gz`, import.meta.url)
  return JSON.parse(gunzipSync(readFileSync(file))).runs
})
for (const { how, demand, gpu, contenders } of runs) {
  console.log(`\n${demand} on ${gpu}: ${how}`)
  for (const { name, goodput, goodput95, measurements } of contenders) {
    const quiet = measurements.filter(({ senderLagMs }) => senderLagMs <= MOST_LAG_MS)
    const points = quiet
      .sort((a, b) => a.load - b.load)
      .map(({ load, models }) => {
        const least = Math.min(...models.map(({ inTime, offered }) => inTime / offered))
        return `${load.toFixed(2)}: ${(100 * least).toFixed(1)}%`
      })
    const found =
      measurements.length > 1 ? `${goodput.toFixed(2)} (95%: ${goodput95.toFixed(2)})` : ''
    console.log(`  ${name.padEnd(24)} ${found.padEnd(20)} ${points.join('  ')}`)
  }
}
