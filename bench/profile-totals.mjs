/**
 * For every model that eclip profile measured on an H200: the total of its kernels, memsets and gaps on all SMs,
 * compared with the measured latency of the whole graph. Each kernel starts when those it waits for have ended.
 *
 *   npm run build && node bench/profile-totals.mjs [FOLDER]     FOLDER: other profiles, e.g. data/profiles/h100
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFile } from '../dist/io/read.js'
import { profileSchema } from '../dist/profile/profile.js'
import { addUp } from '../dist/torch/replay.js'

const MEASURED = fileURLToPath(new URL('../data/profiles/h200/', import.meta.url))
const FOLDER = process.argv[2] ?? MEASURED
const TOLERANCE = 0.03

const rows = readdirSync(FOLDER).map((file) => {
  const profile = readFile(join(FOLDER, file), profileSchema)
  return { model: `${profile.model}/${profile.batch}`, ...addUp(profile) }
})

const line = (model, ...cells) => console.log(model.padEnd(24), ...cells.map((c) => c.padStart(10)))
line('model', 'kernels us', 'memsets us', 'gap us', 'total us', 'graph us', 'apart')
for (const { model, profile, cus, kernelsUs, withMemsetsUs, totalUs, latencyUs } of rows)
  line(
    model,
    kernelsUs.toFixed(0),
    (withMemsetsUs - kernelsUs).toFixed(0),
    profile.gapUs?.[cus].toFixed(2) ?? '',
    totalUs.toFixed(0),
    latencyUs.toFixed(0),
    `${(100 * (totalUs / latencyUs - 1)).toFixed(1)}%`,
  )
const near = rows.filter(({ totalUs, latencyUs }) => Math.abs(totalUs / latencyUs - 1) <= TOLERANCE)
console.log(`within ${100 * TOLERANCE}%: ${near.length} of ${rows.length}`)
