// Profiles the models of a list on every given GPU, with one `eclip profile` at a time on each:
//
//     node lab/gallery/campaign.mjs OUT [--list FILE] [--gpus 0,1] [--batch 1,8,32] [--seconds 240] [--device NAME]
//
// A line of the list is what `eclip profile` takes. A model that fails does not stop the others. After --seconds, no
// further model is started. OUT gets the profiles (as profiles of a device called NAME, if that is given), the output
// of each call (MODEL.log), and calls.json, which says how long each call took and how it ended.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { writeJson } from '../../dist/io/write.js'
import { callEclip } from './call-eclip.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'string', default: join(HERE, 'models.txt') },
    gpus: { type: 'string', default: '0' },
    batch: { type: 'string', default: '1,8,32' },
    seconds: { type: 'string', default: '240' },
    device: { type: 'string' },
  },
})
const [out] = positionals
mkdirSync(out, { recursive: true })

const lines = readFileSync(values.list, 'utf8').split('\n')
const waiting = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
const calls = []
const since = performance.now()
const secondsGone = () => (performance.now() - since) / 1000

/** Profiles one model, and records how that went. */
async function profile(line, gpu) {
  const begin = secondsGone()
  const words = ['profile', ...line.trim().split(/\s+/), '--batch', values.batch, '-o', out]
  const { exitCode, printed, lastLine } = await callEclip(words, { CUDA_VISIBLE_DEVICES: gpu })
  const [name] = line.split(':')[1].split(/[\s?]/)
  writeFileSync(join(out, `${name}.log`), printed)
  calls.push({
    command: `eclip profile ${line} --batch ${values.batch}`,
    gpu,
    begin,
    seconds: secondsGone() - begin,
    exitCode,
    ...(exitCode !== 0 && { lastLine }),
  })
  writeJson(join(out, 'calls.json'), calls)
  console.log(
    `[${secondsGone().toFixed(0).padStart(4)} s] GPU ${gpu}: ${name} ${exitCode === 0 ? 'done' : `failed: ${lastLine}`}`,
  )
}

async function serve(gpu) {
  while (waiting.length > 0 && secondsGone() < Number(values.seconds))
    await profile(waiting.shift(), gpu)
}

await Promise.all(values.gpus.split(',').map(serve))
for (const file of readdirSync(out)) {
  if (values.device === undefined || !file.endsWith('.json.gz')) continue
  const profiled = JSON.parse(gunzipSync(readFileSync(join(out, file))))
  writeJson(join(out, file), { ...profiled, device: values.device })
}
const failed = calls.filter(({ exitCode }) => exitCode !== 0)
console.log(
  `${calls.length - failed.length} models profiled, ${failed.length} failed, ${waiting.length} not begun, in ${secondsGone().toFixed(0)} s`,
)
