/**
 * Turns recorded runs under MPS into points for `eclip validate`: those of the benches in data/measured/bench, and
 * those of the closed loop in data/measured/open-load.
 *
 *   npm run build && node bench/mps-points.mjs
 *
 * Writes data/measured/points/h200-mps-fitted.json.gz (all shares of the six mixes that the two parameters of
 * processes were fitted on) and h200-mps-held-out.json.gz (everything else).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { shareCus } from '../dist/device/share.js'
import { loadDevice, loadShippedProfile } from '../dist/io/library.js'

const MEASURED = fileURLToPath(new URL('../data/measured/', import.meta.url))
const FITTED_BENCHES = ['h200-eight-mixes', 'h200-ten-mixes']
const FITTED_MIXES = [
  '4 models @8',
  '3 × densenet201 @8',
  '8 workers @8',
  '4 models @1',
  '3 models @32',
  'batches 1 to 32',
]
const PLACE = { file: 'bench', path: 'workers' }
const device = loadDevice('h200', PLACE.file, 'device')
const everywhere = device.granules.map((_, i) => i)

/** What a worker ran: its whole request at one priority, in a process with a share of the device. */
function workerOf(name, percent, priority, measured) {
  const [model, batch] = name.split('/')
  const { kernels } = loadShippedProfile('h200', model, Number(batch), PLACE)
  const groups = [{ kernels: kernels.length, granules: everywhere, priority }]
  const share = shareCus(device, percent)
  return { model, batch: Number(batch), groups, share, ...measured }
}

const benches = ['h200-eight-mixes', 'h200-ten-mixes', 'h200-twelve-mixes'].flatMap((file) => {
  const { mixes } = JSON.parse(readFileSync(`${MEASURED}bench/${file}.json`, 'utf8'))
  return mixes.flatMap(({ title, workers, contestants }) =>
    contestants.flatMap(({ workers: measured, ...contestant }) => {
      const percent = /^mps-(\d+)$/.exec(contestant.name)?.[1]
      if (percent === undefined) return []
      const points = workers.map((name, i) => workerOf(name, Number(percent), 0, measured[i]))
      const isFitted = FITTED_BENCHES.includes(file) && FITTED_MIXES.includes(title)
      return [{ isFitted, point: { ...contestant, mix: title, bench: file, workers: points } }]
    }),
  )
})

const closedLoop = JSON.parse(
  gunzipSync(readFileSync(`${MEASURED}open-load/h200-four-models.json.gz`)),
)
const loops = closedLoop.closedLoop
  .filter(({ how }) => how === 'multi-mps')
  .map(({ sharePercent, priorities, weightedSpeedup, ofSolo }) => ({
    isFitted: false,
    point: {
      name: `mps-${sharePercent}${priorities.some((level) => level > 0) ? ' with priorities' : ''}`,
      mix: '4 models @8',
      bench: 'h200-four-models',
      weightedSpeedup,
      workers: ['resnet152/8', 'densenet201/8', 'vgg19/8', 'albert/8'].map((name, i) => {
        const soloRps = closedLoop.soloRps[i]
        const rps = Number((ofSolo[i] * soloRps).toPrecision(6))
        return workerOf(name, sharePercent, priorities[i], { soloRps, rps })
      }),
    },
  }))

for (const [name, wanted, about] of [
  ['fitted', true, 'five shares of six mixes, on which two parameters of the H200 were fitted'],
  [
    'held-out',
    false,
    'five shares of six other mixes, an earlier bench, and a closed loop with and without priorities',
  ],
]) {
  const points = [...benches, ...loops]
    .filter(({ isFitted }) => isFitted === wanted)
    .map(({ point }) => point)
  const file = {
    format: 'eclip.points/2',
    description: `Runs under MPS on NVIDIA H200 GPUs, each worker a process of its own with 8 connections: ${about}. A share of p percent is floor(132 p / 100) SMs. Measured beside the benches and windows that each point names; node bench/mps-points.mjs put them together.`,
    device: 'h200',
    memsets: 'rehomed',
    points,
  }
  const text = `${JSON.stringify(file)}\n`
  writeFileSync(`${MEASURED}points/h200-mps-${name}.json.gz`, gzipSync(text, { level: 9 }))
  console.log(`h200-mps-${name}.json.gz: ${points.length} points`)
}
