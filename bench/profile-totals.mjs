/**
 * Every shipped H200 profile: the time its kernels add up to on all SMs, each starting when those it
 * waits for have ended, against the measured latency of the whole graph.
 *
 *   npm run build && node bench/profile-totals.mjs
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readFile } from '../dist/io/read.js'
import { profileSchema } from '../dist/profile/profile.js'
import { replayUs } from '../dist/runtime/torch/profile-model.js'

const FOLDER = fileURLToPath(new URL('../data/profiles/h200/', import.meta.url))
const TOLERANCE = 0.03

/** For each kernel those it waits for: the one before it, except in parallel stretches. */
function waitsOf({ kernels, parallel = [] }) {
  const after = kernels.map((_, i) => (i > 0 ? [i - 1] : []))
  for (const { first, count, chain, lanes } of parallel) {
    const chains = count / chain
    const endOf = (k) => first + (k + 1) * chain - 1
    for (let k = 0; k < chains; k++)
      after[first + k * chain] = [k < lanes ? first - 1 : endOf(k - lanes)]
    if (first + count < after.length)
      after[first + count] = Array.from({ length: lanes }, (_, i) => endOf(chains - 1 - i))
  }
  return after
}

const rows = readdirSync(FOLDER).map((file) => {
  const profile = readFile(`${FOLDER}${file}`, profileSchema)
  const durationsUs = profile.kernels.map(({ durationUs }) => durationUs['132'])
  const totalUs = replayUs(durationsUs, waitsOf(profile))
  const graphUs = profile.latencyUs['132']
  const memsets = profile.kernels.reduce((sum, kernel) => sum + (kernel.memsetsBefore ?? 0), 0)
  return { model: `${profile.model}/${profile.batch}`, totalUs, graphUs, memsets }
})

console.log('model            kernels us  graph us   apart  memset nodes')
for (const { model, totalUs, graphUs, memsets } of rows) {
  const cells = [totalUs.toFixed(0).padStart(10), graphUs.toFixed(0).padStart(9)]
  const apart = `${(100 * (totalUs / graphUs - 1)).toFixed(1)}%`
  console.log(
    `${model.padEnd(16)} ${cells.join(' ')} ${apart.padStart(7)} ${String(memsets).padStart(13)}`,
  )
}
const near = rows.filter(({ totalUs, graphUs }) => Math.abs(totalUs / graphUs - 1) <= TOLERANCE)
console.log(`within ${100 * TOLERANCE}%: ${near.length} of ${rows.length}`)
