// How long models take alone in a process under MPS that is told of the whole device, as eclip starts them,
// by share. It measures requests that follow one another on the GPU, and the round trip of single requests
// over the worker's socket, which also has the time to dispatch them. A process for each share holds all
// models; one of them runs at a time.
//
//   npm run build && node lab/h200/alone-under-mps.mjs OUT.json           3 minutes on one GPU with nothing else running
//   node lab/h200/alone-under-mps.mjs OUT.json --models vit_b_16/8 --percents 100,40 --passes 1
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PLANNED_PERCENTS } from '../../dist/device/share.js'
import { loadShippedProfile } from '../../dist/io/library.js'
import { modelRequest } from '../../dist/torch/model-request.js'
import { periodUs, withToldProcesses } from '../../dist/torch/told-processes.js'
import { roundTripsMs } from './round-trips.mjs'

const MODELS = [
  ...['resnet152', 'densenet201', 'vgg19', 'albert', 'shufflenet', 'resnext101', 'alexnet'].map(
    (name) => `${name}/8`,
  ),
  ...['vit_b_16/8', 'swin_t/8', 'bert/8'],
  ...['resnet152', 'vgg19', 'albert', 'shufflenet'].flatMap((name) => [`${name}/1`, `${name}/32`]),
]
const ROUND_TRIPS = 30

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: MODELS.join() },
    percents: { type: 'string', default: PLANNED_PERCENTS.join() },
    device: { type: 'string', default: 'h200' },
    passes: { type: 'string', default: '2' },
    /** The program of a worker process that stands in for the real one, to try this script without a GPU. */
    worker: { type: 'string' },
  },
})
const [out] = positionals
const percents = values.percents.split(',').map(Number)
const models = new Map()
for (const text of values.models.split(',')) {
  const [name, batch] = text.split('/')
  const profile = loadShippedProfile(values.device, name, Number(batch), {
    file: 'models',
    path: text,
  })
  models.set(
    name,
    [...(models.get(name) ?? []), profile].sort((a, b) => a.batch - b.batch),
  )
}

const command = values.worker?.split(' ')
await withToldProcesses(percents, { ...(command && { command }) }, async (processes) => {
  await Promise.all(
    processes.map(async ({ worker }) => {
      for (const [name, profiles] of models) {
        const batches = profiles.map(({ batch }) => batch)
        await worker.load({ worker: name, batches, ...modelRequest(profiles[0]) })
      }
    }),
  )
  const { device, versions } = processes[0].worker.hello
  console.error(`${processes.length} processes on ${device.name}, ${performance.now() / 1000} s`)
  const measured = []
  for (let pass = 0; pass < Number(values.passes); pass++) {
    for (const { percent, worker } of processes) {
      for (const [model, profiles] of models) {
        for (const profile of profiles) {
          const { batch } = profile
          const closedMs = (await periodUs(worker, model, profile, percent)) / 1000
          const tripsMs = await roundTripsMs(worker, model, batch, ROUND_TRIPS)
          measured.push({ pass, percent, model, batch, closedMs, tripsMs })
        }
      }
      console.error(`pass ${pass}, ${percent}%: ${(performance.now() / 1000).toFixed(0)} s`)
    }
    const date = new Date().toISOString()
    const result = { gpu: device.name, versions, date, quantiles: [0.1, 0.5, 0.9] }
    writeFileSync(out, `${JSON.stringify({ ...result, measured })}\n`)
  }
})
