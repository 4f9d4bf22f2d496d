// Measures the interference of profiles on this GPU, for the first time or again:
//
//   node bench/interference.mjs OUT FOLDER...
//
// Writes how hogs slow each other down to OUT/hogs.json, and all profiles of the folders with how much they and hogs
// slow each other. A model takes about four seconds. Needs what `eclip profile` needs (docs/gpu.md).
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readProfile } from '../dist/io/library.js'
import { writeJson } from '../dist/io/write.js'
import { halvesOf, hogsBesideEachOther, loadHogs, measureInterference } from '../dist/torch/hogs.js'
import { modelRequest } from '../dist/torch/model-request.js'
import { TorchWorker } from '../dist/torch/torch-worker.js'

const [out, ...folders] = process.argv.slice(2)
const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))

/** Calls `use` with a worker process and the halves of its device. */
async function inWorker(use) {
  const worker = await TorchWorker.start({ trust: 'code' })
  try {
    await use(worker, halvesOf(worker.hello))
  } finally {
    await worker.close()
  }
}

const since = performance.now()
function say(text) {
  console.log(`[${((performance.now() - since) / 1000).toFixed(1).padStart(6)}] ${text}`)
}

await inWorker(async (worker, halves) => {
  const hogs = await hogsBesideEachOther(worker, halves)
  writeJson(join(out, 'hogs.json'), hogs)
  say(JSON.stringify(hogs))
})
await inWorker(async (worker, halves) => {
  const hogs = await loadHogs(worker, halves)
  say(JSON.stringify(hogs.aloneRps))
  for (const file of files) {
    try {
      const profile = readProfile(file)
      const { batch } = profile
      const name = basename(file, '.json.gz')
      const loaded = await worker.load({ worker: name, batches: [batch], ...modelRequest(profile) })
      const { kernels } = loaded.batches[0]
      const model = { worker: name, batch, kernels }
      const interference = await measureInterference(worker, halves, hogs, model)
      await worker.unload(name)
      writeJson(join(out, basename(file)), { ...profile, interference })
      say(`${name} ${JSON.stringify(interference)}`)
    } catch (error) {
      say(`${file}: ${error.message}`)
    }
  }
})
