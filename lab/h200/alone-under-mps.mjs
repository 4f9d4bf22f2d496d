// How long models take alone in a process under MPS that is told of the whole device, as eclip starts them, by its share:
// requests that follow one another on the GPU, and the round trip of one that is asked for over the worker's socket, which
// has the time to dispatch it on top. A process for each share holds all models; one of them runs at a time.
//
//   npm run build && node lab/h200/alone-under-mps.mjs OUT.json           3 minutes on one GPU with nothing else running
//   node lab/h200/alone-under-mps.mjs OUT.json --models vit_b_16/8 --percents 100,40 --passes 1
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { mpsShare } from '../../dist/binding/mps/client.js'
import { startMps } from '../../dist/binding/mps/daemon.js'
import { loadShippedProfile } from '../../dist/io/library.js'
import { modelRequest } from '../../dist/torch/model-request.js'
import { TorchWorker } from '../../dist/torch/torch-worker.js'

const MODELS = [
  ...['resnet152', 'densenet201', 'vgg19', 'albert', 'shufflenet', 'resnext101', 'alexnet'].map(
    (name) => `${name}/8`,
  ),
  ...['vit_b_16/8', 'swin_t/8', 'bert/8'],
  ...['resnet152', 'vgg19', 'albert', 'shufflenet'].flatMap((name) => [`${name}/1`, `${name}/32`]),
]
/** Every share that `eclip size` tries, and 66, 53, … SMs of it. */
const PERCENTS = '100,80,60,50,40,35,30,25,20'
const RUN = { seconds: 0.2, warmSeconds: 0.05 }
const ROUND_TRIPS = 30
/** Between two round trips, so that the GPU is as idle as beside few requests. */
const PAUSE_MS = 1

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: MODELS.join() },
    percents: { type: 'string', default: PERCENTS },
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
  const { request = modelRequest(profile), batches = [] } = models.get(name) ?? {}
  models.set(name, { request, batches: [...batches, Number(batch)].sort((a, b) => a - b) })
}

async function startUnder(daemon, percent) {
  const environment = { ...daemon.environment, ...mpsShare(percent, percents.length) }
  const command = values.worker?.split(' ')
  const worker = await TorchWorker.start({
    device: 'cuda',
    environment,
    ...(command && { command }),
  })
  for (const [name, { request, batches }] of models)
    await worker.load({ worker: name, batches, ...request })
  return { percent, worker }
}

async function roundTripsMs(worker, name, batch) {
  const timesMs = []
  while (timesMs.length < ROUND_TRIPS) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    const beganMs = performance.now()
    await worker.infer({ worker: name, batch, slot: 0, level: 0, tensors: false })
    timesMs.push(performance.now() - beganMs)
  }
  timesMs.sort((a, b) => a - b)
  const at = (quantile) => Number(timesMs[Math.floor(quantile * timesMs.length)].toFixed(4))
  return [at(0.1), at(0.5), at(0.9)]
}

const daemon = startMps()
try {
  const started = await Promise.all(percents.map((percent) => startUnder(daemon, percent)))
  const [{ worker: first }] = started
  const { device, versions } = first.hello
  console.error(`${started.length} processes on ${device.name}, ${performance.now() / 1000} s`)
  const measured = []
  for (let pass = 0; pass < Number(values.passes); pass++) {
    for (const { percent, worker } of started) {
      for (const [name, { batches }] of models) {
        for (const batch of batches) {
          const load = { kind: 'closed' }
          const ran = await worker.run({ ...RUN, workers: [{ worker: name, batch, load }] })
          const [{ rps }] = ran.workers
          const tripsMs = await roundTripsMs(worker, name, batch)
          const alone = { pass, percent, model: name, batch, closedMs: 1000 / rps }
          measured.push({ ...alone, tripsMs })
        }
      }
      console.error(`pass ${pass}, ${percent}%: ${(performance.now() / 1000).toFixed(0)} s`)
    }
    const date = new Date().toISOString()
    const result = { gpu: device.name, versions, date, run: RUN, quantiles: [0.1, 0.5, 0.9] }
    writeFileSync(out, `${JSON.stringify({ ...result, measured })}\n`)
  }
  await Promise.all(started.map(({ worker }) => worker.close()))
} finally {
  daemon.stop()
}
