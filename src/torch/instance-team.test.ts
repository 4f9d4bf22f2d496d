import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { InstanceTeam, type TeamModel } from './instance-team.js'

const FAKE = fileURLToPath(new URL('./fake-worker.test.fixture.js', import.meta.url))
const options = { command: [process.execPath, FAKE, 'gpu'] }

/** What a test leaves behind would lie here. */
const folder = mkdtempSync(join(tmpdir(), 'eclip-team-'))
const tools = mkdtempSync(join(tmpdir(), 'eclip-tools-'))
process.env.TMPDIR = folder
after(() => {
  rmSync(folder, { recursive: true })
  rmSync(tools, { recursive: true })
})

const model = (name: string, instances: number): TeamModel => ({
  request: { model: `kernels:${name}` } as TeamModel['request'],
  batches: [8],
  instances,
  sharePercent: 40,
})

/** Runs with a control program of MPS that does what a line of shell says. */
async function underControl<T>(line: string, run: () => Promise<T>): Promise<T> {
  const control = join(tools, 'nvidia-cuda-mps-control')
  writeFileSync(control, `#!/bin/sh\n${line}\n`)
  chmodSync(control, 0o755)
  const { PATH } = process.env
  process.env.PATH = tools
  try {
    return await run()
  } finally {
    process.env.PATH = PATH
  }
}

function startTeam(models: readonly TeamModel[], mechanism: 'mps' | 'streams' | 'time-slices') {
  return InstanceTeam.start({ mechanism, models, levels: 1 }, options)
}

test('a daemon that does not start is one clear line, and leaves nothing behind', async () => {
  const start = () => startTeam([model('a', 1)], 'mps')
  await assert.rejects(underControl('echo "no such device" >&2; exit 1', start), {
    name: 'WorkError',
    message: 'no MPS: no such device',
  })
  assert.deepEqual(readdirSync(folder), [])
})

test('instances under MPS have a daemon of their own, which goes when they go', async () => {
  const log = join(tools, 'log')
  const line = `[ $# -gt 0 ] && echo start >>'${log}' || { read word; echo "$word" >>'${log}'; }`
  await underControl(line, async () => {
    const team = await startTeam([model('a', 2), model('b', 1)], 'mps')
    await Promise.all([team.launch(0, 0, 8, 0), team.launch(0, 1, 8, 0), team.launch(1, 0, 8, 0)])
    assert.equal(readFileSync(log, 'utf8'), 'start\n')
    await team.close()
  })
  assert.equal(readFileSync(log, 'utf8'), 'start\nquit -t 1\n')
  assert.deepEqual(readdirSync(folder), [])
})

for (const mechanism of ['mps', 'time-slices'] as const) {
  test(`an instance that dies under ${mechanism} fails in one line, and the others run on`, async () => {
    await underControl('exit 0', async () => {
      const team = await startTeam([model('deadly', 1), model('b', 1)], mechanism)
      await assert.rejects(team.launch(0, 0, 8, 0), { name: 'WorkError', message: /^[^\n]+$/ })
      await team.launch(1, 0, 8, 0)
      await assert.rejects(team.launch(0, 0, 8, 0), { name: 'WorkError' })
      const { pid } = team.hello
      await team.close()
      assert.throws(() => process.kill(pid, 0))
    })
    assert.deepEqual(readdirSync(folder), [])
  })
}

test('a model that does not load ends those that did, and the daemon', async () => {
  const broken = { ...model('a', 1), request: { model: 'nonsense' } as TeamModel['request'] }
  const quit = join(tools, 'quit')
  await underControl(`[ $# -gt 0 ] || : >'${quit}'`, async () => {
    await assert.rejects(startTeam([model('a', 2), broken], 'mps'), /expected torchvision:NAME/)
  })
  assert.ok(existsSync(quit))
  assert.deepEqual(readdirSync(folder), [])
})

test('streams share one process', async () => {
  const team = await startTeam([model('a', 2), model('b', 1)], 'streams')
  await Promise.all([team.launch(0, 0, 8, 0), team.launch(0, 1, 8, 0), team.launch(1, 0, 8, 0)])
  await team.close()
  assert.deepEqual(readdirSync(folder), [])
})
