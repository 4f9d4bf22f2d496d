// How long the dispatch of a launch takes, as it is guessed by the launch's latency (src/size/dispatch.ts), beside what
// the profiles say that carry it. The guess was fitted on them.
//
//   npm run build && node bench/dispatch.mjs
import { totalCus } from '../dist/device/device.js'
import { loadDevice, readProfile, shippedProfileFiles } from '../dist/io/library.js'
import { mean } from '../dist/numbers.js'
import { requestUs } from '../dist/profile/duration.js'
import { guessedDispatchUs } from '../dist/size/dispatch.js'

const ratios = []
console.log('| profile | alone, ms | dispatch, µs | guessed | ratio |')
console.log('|---|--:|--:|--:|--:|')
for (const { file, device: name } of shippedProfileFiles()) {
  const profile = readProfile(file)
  if (profile.dispatchUs === undefined) continue
  const device = loadDevice(name)
  const guessed = guessedDispatchUs(profile, device)
  const ratio = guessed / profile.dispatchUs
  ratios.push(ratio)
  const aloneMs = (requestUs(profile, totalCus(device)) / 1000).toFixed(2)
  const named = `${name} ${profile.model}/${profile.batch}`
  console.log(
    `| ${named} | ${aloneMs} | ${profile.dispatchUs.toFixed(0)} | ${guessed.toFixed(0)} | ${ratio.toFixed(2)} |`,
  )
}
const off = 100 * mean(ratios.map((ratio) => Math.abs(Math.log(ratio))))
console.log(`\n${ratios.length} profiles, ${off.toFixed(1)}% off`)
