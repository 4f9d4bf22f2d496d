// How far simulated launches that run beside each other are from those measured on an H200
// (data/measured/device/h200-crowd-states.json.gz), relative to the same launch alone, by how many run together. The
// load of kernels and of other processes was chosen while looking at these and at the demands that were served.
//
//   npm run build && node bench/crowd-states.mjs
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { servingShareCus } from '../dist/device/share.js'
import { loadDevice, loadShippedProfile } from '../dist/io/library.js'
import { mean } from '../dist/numbers.js'
import { stateTimesUs } from '../dist/size/state-times.js'

const FILE = new URL('../data/measured/device/h200-crowd-states.json.gz', import.meta.url)
/** If the rates of processes of one model differ by more than this factor, they did not run together all the time. */
const MOST_SPREAD = 1.2
/** So many launches at once are also told apart by their share. */
const FEW = 4

const { states } = JSON.parse(gunzipSync(readFileSync(FILE)))
const device = loadDevice('h200', '', '')
const timesOf = (models, rates) =>
  new Map(models.map((name) => [name, 1e6 / mean(rates.filter((_, i) => models[i] === name))]))

function simulated({ percent, models }) {
  const names = [...new Set(models)]
  const batchOf = (name) => Number(name.split('/')[1])
  const demand = {
    device,
    models: names.map((name) => ({
      profiles: [
        loadShippedProfile('h200', name.split('/')[0], batchOf(name), { file: name, path: '' }),
      ],
    })),
  }
  const share = servingShareCus(device, percent)
  const launches = models.map((name) => ({
    model: names.indexOf(name),
    batch: batchOf(name),
    share,
  }))
  const timesUs = stateTimesUs(demand, 'mps', launches, true)
  return new Map(models.map((name, i) => [name, timesUs[i]]))
}

function isTogether({ models, rates }) {
  return models.every((name, i) =>
    models.every((other, j) => other !== name || rates[i] < MOST_SPREAD * rates[j]),
  )
}

const alone = new Map()
const ratios = new Map()
for (const state of states.toSorted((a, b) => a.models.length - b.models.length)) {
  const { models, rates, percent } = state
  const ran = timesOf(models, rates)
  const told = simulated(state)
  if (models.length === 1)
    alone.set(`${models[0]} ${percent}`, told.get(models[0]) / ran.get(models[0]))
  if (models.length === 1 || !isTogether(state)) continue
  const own = [...ran].map(([name, us]) => told.get(name) / us / alone.get(`${name} ${percent}`))
  const keys = [`${models.length} launches, batch ${models[0].split('/')[1]}`]
  if (models.length <= FEW) keys.push(`at most ${FEW} under ${percent}%`)
  for (const key of keys) ratios.set(key, [...(ratios.get(key) ?? []), ...own])
}
for (const [key, all] of [...ratios].sort()) {
  const logs = all.map(Math.log)
  const off = 100 * mean(logs.map(Math.abs))
  const bias = 100 * (Math.exp(mean(logs)) - 1)
  console.log(
    `${key.padEnd(24)} ${off.toFixed(1)}% off, biased by ${bias.toFixed(1)}% (${all.length})`,
  )
}
