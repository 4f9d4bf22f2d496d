// What a server adds. A plan is measured by the driver of `eclip bench`. Then `eclip serve` serves it and `eclip load`
// sends it requests at the same loads: over shared memory, with and without event loops that never sleep, and over
// bodies. All of this happens once under MPS and once on streams of one process.
//
//   npm run build && node lab/h200/serve-beside-bench.mjs bench/demands/four-8.json PLAN.json OUT.json --loads 0.45,0.9
//
// It takes some 20 s for each mechanism, 20 s for each way, and 20 s for each load and way, on one GPU with nothing else
// running.
import { execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { measure } from '../../dist/bench/demand/measure.js'
import { scheduleOf } from '../../dist/bench/demand/schedule-of.js'
import { withTeam } from '../../dist/bench/demand/teams.js'
import { totalCus } from '../../dist/device/device.js'
import { loadDemand } from '../../dist/io/demand.js'
import { readServingPlan } from '../../dist/io/plan.js'
import { writeJson } from '../../dist/io/write.js'
import { withoutMps } from '../../dist/plan/without-mps.js'

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const WAYS = {
  'shared memory': { server: [], client: ['--shared-memory'] },
  'busy polling': { server: ['--busy-poll'], client: ['--shared-memory', '--busy-poll'] },
  bodies: { server: [], client: [] },
}
const WARMUP_S = 1
/**
 * Until V8 has compiled their code, server and client take about twice as long for each
 * of the first two thousand requests.
 */
const SERVE_WARMUP_S = 12
const PORT = 8123
const PATIENCE_MS = 120_000

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    loads: { type: 'string', default: '0.45,0.9' },
    seconds: { type: 'string', default: '6' },
    mechanisms: { type: 'string', default: 'mps,streams' },
    ways: { type: 'string', default: Object.keys(WAYS).join() },
  },
})
const [demandFile, planFile, out] = positionals
const loads = values.loads.split(',').map(Number)
const seconds = Number(values.seconds)
const demand = loadDemand(demandFile, undefined)
const underMps = readServingPlan(planFile, demand)
const plans = { mps: underMps, streams: withoutMps(underMps, totalCus(demand.device)) }

async function benched(plan) {
  const measured = {}
  const failed = await withTeam(demand, [{ name: 'plan', plan }], {}, async (team, levels) => {
    for (const load of loads) {
      const schedule = scheduleOf(demand, load, 1, { warmupS: WARMUP_S, seconds })
      measured[load] = await measure({ team, plan, levels }, load, [schedule])
    }
  })
  return failed === undefined ? measured : { failed: failed.message }
}

/** By way, then by load. */
async function served(file) {
  const measured = {}
  for (const way of values.ways.split(',')) measured[way] = await servedIn(WAYS[way], file)
  return measured
}

async function servedIn(way, file) {
  const ports = ['--http-port', `${PORT}`, '--grpc-port', '0']
  const words = ['serve', demandFile, '--device', 'cuda', '--plan', file, ...ports, ...way.server]
  const server = spawn(process.execPath, [CLI, ...words], { stdio: 'inherit' })
  try {
    await isReady(server)
    const measured = {}
    for (const load of loads) measured[load] = await loaded(load, way.client)
    return measured
  } finally {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGTERM')
    await ended
  }
}

async function isReady(server) {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${PORT}/v2/health/ready`).catch(() => undefined)
    if (response?.ok) return
    if (server.exitCode !== null || performance.now() > until)
      throw new Error('the server did not start')
    await sleep(200)
  }
}

async function loaded(load, option) {
  const span = ['--seconds', `${seconds}`, '--warmup', `${SERVE_WARMUP_S}`]
  const words = ['--demand', demandFile, '--scale', `${load}`, ...span, ...option, '--json']
  const call = [CLI, 'load', `http://127.0.0.1:${PORT}`, ...words]
  // If nothing was answered, it ends with 1 but still prints its result.
  const { stdout } = await promisify(execFile)(process.execPath, call, {
    maxBuffer: 2 ** 26,
  }).catch((error) => error)
  const { lagMs, models } = JSON.parse(stdout)
  return {
    lagMs,
    models: models.map(({ histogram, seconds: each, ...model }) => model),
  }
}

const result = { date: new Date().toISOString(), demand: demandFile, loads, seconds }
for (const mechanism of values.mechanisms.split(',')) {
  const file = `${out}.${mechanism}.plan.json`
  writeJson(file, plans[mechanism])
  result[mechanism] = { bench: await benched(plans[mechanism]), serve: await served(file) }
  writeFileSync(out, `${JSON.stringify(result)}\n`)
}
