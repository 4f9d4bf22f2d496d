// A load that steps to twice its rate, on the simulated device: how long the server takes to put another plan into
// force, and what becomes of the requests in the meantime. The plan that it starts with has one instance on four
// compute units, which carries the demand but not twice as much.
//
//   npm run build && node bench/step.mjs
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { loadDemand } from '../dist/io/demand.js'
import { factsOf, withRoughTimes } from '../dist/serve/planning/model-facts.js'
import { roughPlan } from '../dist/serve/planning/rough-plan.js'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
/** Requests of one kilobyte, so that sending them takes little time. */
const MODEL = { model: 'albert', samples: 1, ratePerSecond: 70, largestBatch: 1 }
const DEMAND = {
  format: 'eclip.demand/1',
  device: 'h200',
  models: [{ ...MODEL, target: { ms: 100 } }],
}
const SHARE_CUS = 4
/** Long enough for the rates of the last ten seconds to be those of the demand. */
const BEFORE_S = 15
const AFTER_STEP_S = 40

const folder = mkdtempSync(join(tmpdir(), 'eclip-step-'))
const demandFile = join(folder, 'demand.json')
const planFile = join(folder, 'plan.json')

function smallPlan() {
  const demand = loadDemand(demandFile)
  const rough = roughPlan(demand)
  const models = rough.models.map((model) => ({ ...model, instances: 1, share: SHARE_CUS }))
  return withRoughTimes({ ...rough, models, concurrency: 1 }, factsOf(demand, rough), demand.device)
}

/** Sends the demand's requests at a multiple of its rate, and returns what became of them. */
async function load(url, scale, seconds) {
  const settings = [
    '--demand',
    demandFile,
    '--scale',
    `${scale}`,
    '--seconds',
    `${seconds}`,
    '--warmup',
    '0',
  ]
  const child = spawn(process.execPath, [MAIN, 'load', url, ...settings, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  await once(child, 'close')
  const [model] = JSON.parse(text).models
  return model
}

/** The requests in the server's books, by how they ended. */
async function books(url) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const counts = {}
  for (const [, outcome, count] of text.matchAll(
    /^eclip_requests_total\{.*outcome="(\w+)".*\} (\d+)/gm,
  ))
    counts[outcome] = (counts[outcome] ?? 0) + Number(count)
  return counts
}

writeFileSync(demandFile, JSON.stringify(DEMAND))
writeFileSync(planFile, JSON.stringify(smallPlan()))
const server = spawn(
  process.execPath,
  [
    MAIN,
    'serve',
    demandFile,
    '--plan',
    planFile,
    '--replan',
    '--plan-seconds',
    '20',
    '--http-port',
    '0',
    '--grpc-port',
    '0',
    '--json',
  ],
  { stdio: ['ignore', 'pipe', 'pipe'] },
)
process.on('exit', () => {
  server.kill()
  rmSync(folder, { recursive: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
const announced = await new Promise((resolve, reject) => {
  let text = ''
  server.stdout.on('data', (piece) => {
    text += piece
    if (text.endsWith('}\n')) resolve(JSON.parse(text))
  })
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
})
let steppedMs = Number.NaN
createInterface({ input: server.stderr }).on('line', (line) => {
  const { event, decision, reason } = JSON.parse(line)
  if (event !== 'replan') return
  const afterS = (performance.now() - steppedMs) / 1000
  console.log(`${afterS.toFixed(1)} s after the step: ${decision}: ${reason}`)
})
const { http: url } = announced
const shown = (name, { sent, answered, refused, dropped, failed, target }) => {
  const inTime = (100 * target.attainment).toFixed(1)
  console.log(
    `${name}: ${sent} sent = ${answered} answered + ${refused} refused + ${dropped} dropped + ${failed} failed; ${inTime}% in time`,
  )
}
shown('the demand', await load(url, 1, BEFORE_S))
steppedMs = performance.now()
shown('twice the demand', await load(url, 2, AFTER_STEP_S))
shown('twice the demand, later', await load(url, 2, BEFORE_S))
const { received, ...ended } = await books(url)
const total = Object.values(ended).reduce((sum, count) => sum + count, 0)
console.log(
  `books: ${received} received = ${Object.entries(ended)
    .map(([name, count]) => `${count} ${name}`)
    .join(' + ')}`,
)
if (received !== total) process.exitCode = 1
server.kill()
