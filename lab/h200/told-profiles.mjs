// Writes the measurements of `alone-under-mps.mjs` into the shipped profiles, as `toldLatencyUs`.
//
//   npm run build && node lab/h200/told-profiles.mjs data/measured/device/h200-told-alone.json
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deviceName } from '../../dist/device/device-name.js'
import { loadDevice, readProfile } from '../../dist/io/library.js'
import { writeJson } from '../../dist/io/write.js'
import { mean } from '../../dist/numbers.js'
import { processGapUs, withToldLatencies } from '../../dist/profile/told.js'

const { gpu, measured } = JSON.parse(readFileSync(process.argv[2]))
const device = loadDevice(deviceName(gpu), 'told-profiles', 'device')

function fileOf({ model, batch }) {
  const path = `../../data/profiles/${device.name}/${model}-${batch}.json.gz`
  return fileURLToPath(new URL(path, import.meta.url))
}

/** Models that shared a process for each share. Their gap is found from all of them. */
function writeTold(together) {
  const files = [...new Set(together.map(fileOf))]
  const percents = [...new Set(together.map(({ percent }) => percent))].sort((a, b) => a - b)
  const requests = files.map((file) => {
    const own = together.filter((one) => fileOf(one) === file)
    const periodUs = (percent) =>
      mean(own.filter((one) => one.percent === percent).map(({ closedMs }) => 1000 * closedMs))
    const periodsUs = new Map(percents.map((percent) => [percent, periodUs(percent)]))
    return { profile: readProfile(file), periodsUs }
  })
  for (const percent of percents) {
    console.log(`${percent}%: gaps of ${processGapUs(requests, percent, device).toFixed(2)} us`)
  }
  for (const [i, profile] of withToldLatencies(requests, device).entries())
    writeJson(files[i], profile)
}

// A file that was put together from several runs numbers them in `process`; a file from one run has no number.
const processes = new Set(measured.map(({ process: one }) => one))
for (const one of processes) writeTold(measured.filter((run) => run.process === one))
