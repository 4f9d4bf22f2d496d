// Writes what `alone-under-mps.mjs` measured into the shipped profiles, as `toldLatencyUs`: by the share that a plan asks
// for, of which MPS gives up to two compute units fewer. What a process adds between kernels comes and goes by the minute
// (docs/hardware.md), and one process measured all models of a share. So its gap is found, as what brings its
// requests nearest to those on partitions, and the middle of what gaps take is put in its place.
//
//   npm run build && node lab/h200/told-profiles.mjs data/measured/device/h200-told-alone.json
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { totalCus } from '../../dist/device/device.js'
import { shareCus } from '../../dist/device/share.js'
import { loadDevice, readProfile } from '../../dist/io/library.js'
import { writeJson } from '../../dist/io/write.js'
import { requestUs } from '../../dist/profile/duration.js'

const device = loadDevice('h200', 'told-profiles', 'device')
const { hostTurnaroundUs, mpsGapUs } = device.costs
const GAP_STEP_US = 0.02

const { measured } = JSON.parse(readFileSync(process.argv[2]))
const profiles = new Map()
for (const { model, batch } of measured) {
  const path = `../../data/profiles/${device.name}/${model}-${batch}.json.gz`
  const file = fileURLToPath(new URL(path, import.meta.url))
  profiles.set(`${model}/${batch}`, { file, profile: readProfile(file), toldLatencyUs: {} })
}

/** Gaps between kernels that follow one another. */
function gapsOf({ kernels, parallel = [] }) {
  const beside = parallel.map(({ count, lanes }) => count - Math.ceil(count / lanes))
  return kernels.length - 1 - beside.reduce((sum, count) => sum + count, 0)
}

/** The gap of a process, in µs, with which its requests are nearest to those on partitions. */
function gapOf(requests, cus) {
  const distance = (gapUs) =>
    requests.reduce((sum, { profile, latencyUs }) => {
      const kernelsUs = latencyUs - hostTurnaroundUs - gapUs * gapsOf(profile)
      return sum + Math.abs(kernelsUs / requestUs(profile, cus) - 1)
    }, 0)
  let best = 0
  for (let gapUs = 0; gapUs <= mpsGapUs; gapUs += GAP_STEP_US)
    if (distance(gapUs) < distance(best)) best = gapUs
  return best
}

for (const percent of [...new Set(measured.map((one) => one.percent))].sort((a, b) => a - b)) {
  const requests = [...profiles].map(([name, { profile }]) => {
    const passes = measured.filter(
      (one) => `${one.model}/${one.batch}` === name && one.percent === percent,
    )
    const totalMs = passes.reduce((sum, { closedMs }) => sum + closedMs, 0)
    return { name, profile, latencyUs: (1000 * totalMs) / passes.length }
  })
  const gapUs = gapOf(requests, shareCus(device, percent))
  console.log(`${percent}%: gaps of ${gapUs.toFixed(2)} us`)
  const share = Math.round((percent / 100) * totalCus(device))
  for (const { name, profile, latencyUs } of requests) {
    const middleUs = latencyUs + (mpsGapUs / 2 - gapUs) * gapsOf(profile)
    profiles.get(name).toldLatencyUs[share] = Number(middleUs.toFixed(1))
  }
}
for (const { file, profile, toldLatencyUs } of profiles.values()) {
  const { interference, parallel, kernels, ...facts } = profile
  const rest = { ...(interference && { interference }), ...(parallel && { parallel }), kernels }
  writeJson(file, { ...facts, toldLatencyUs, ...rest })
}
