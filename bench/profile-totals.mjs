/**
 * Every shipped H200 profile: the time its kernels and memsets add up to on all SMs, each kernel
 * starting when those it waits for have ended, against the measured latency of the whole graph.
 *
 *   npm run build && node bench/profile-totals.mjs [FOLDER]     FOLDER: other profiles
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFile } from '../dist/io/read.js'
import { profileSchema } from '../dist/profile/profile.js'
import { addUp } from '../dist/runtime/torch/profile-model.js'

const SHIPPED = fileURLToPath(new URL('../data/profiles/h200/', import.meta.url))
const FOLDER = process.argv[2] ?? SHIPPED
const TOLERANCE = 0.03

const rows = readdirSync(FOLDER).map((file) => {
  const profile = readFile(join(FOLDER, file), profileSchema)
  const { kernelsUs, latencyUs } = addUp(profile)
  const memsets = profile.kernels.reduce((sum, kernel) => sum + (kernel.memsetsBefore ?? 0), 0)
  return {
    model: `${profile.model}/${profile.batch}`,
    totalUs: kernelsUs,
    graphUs: latencyUs,
    memsets,
  }
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
