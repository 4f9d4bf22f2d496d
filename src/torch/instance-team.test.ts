import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { underControl } from '../binding/mps/control.test.fixture.js'
import { InstanceTeam, type TeamModel } from './instance-team.js'

const FAKE = fileURLToPath(new URL('./fake-worker.test.fixture.js', import.meta.url))
const options = { command: [process.execPath, FAKE, 'gpu'] }

/** Anything that a test leaves behind would lie here. */
const folder = mkdtempSync(join(tmpdir(), 'eclip-team-'))
process.env.TMPDIR = folder
after(() => rmSync(folder, { recursive: true }))

const model = (name: string, instances: number): TeamModel => ({
  request: { model: `kernels:${name}` } as TeamModel['request'],
  batches: [8],
  instances,
  sharePercent: 40,
})

function startTeam(
  models: readonly TeamModel[],
  mechanism: 'mps' | 'streams' | 'time-slices',
  environment = {},
) {
  return InstanceTeam.start({ mechanism, models, levels: 1 }, { ...options, environment })
}

test('if a daemon does not start, one clear line says so, and nothing is left behind', async () => {
  const start = () => startTeam([model('a', 1)], 'mps')
  await assert.rejects(underControl('echo "no such device" >&2; exit 1', start), {
    name: 'WorkError',
    message: 'no MPS: no such device',
  })
  assert.deepEqual(readdirSync(folder), [])
})

test('instances under MPS have a daemon of their own, which ends with them', async () => {
  const line = '[ $# -gt 0 ] && word=start || read word; echo "$word" >>"$here/log"'
  await underControl(line, async (here) => {
    const told = () => readFileSync(join(here, 'log'), 'utf8')
    const team = await startTeam([model('a', 2), model('b', 1)], 'mps')
    await Promise.all([team.launch(0, 0, 8, 0), team.launch(0, 1, 8, 0), team.launch(1, 0, 8, 0)])
    assert.equal(told(), 'start\n')
    await team.close()
    assert.equal(told(), 'start\nquit -t 1\n')
  })
  assert.deepEqual(readdirSync(folder), [])
})

for (const mechanism of ['mps', 'time-slices'] as const) {
  test(`an instance that dies under ${mechanism} fails in one line, and the others go on`, async () => {
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

test('processes have the share of their model under MPS, and the whole device under time slices', async () => {
  await underControl('exit 0', async () => {
    const start = (mechanism: 'mps' | 'time-slices', wrong: string) =>
      startTeam([model('a', 2)], mechanism, { ECLIP_FAKE_WRONG_SHARES: wrong })
    await assert.rejects(start('mps', '40'), { name: 'WorkError' })
    await (await start('mps', '2,100')).close()
    await (await start('time-slices', '2,40')).close()
  })
})

test('a model that does not load ends the models that did, and the daemon', async () => {
  const broken = { ...model('a', 1), request: { model: 'nonsense' } as TeamModel['request'] }
  await underControl('[ $# -gt 0 ] || : >"$here/quit"', async (here) => {
    await assert.rejects(startTeam([model('a', 2), broken], 'mps'), /expected torchvision:NAME/)
    assert.ok(existsSync(join(here, 'quit')))
  })
  assert.deepEqual(readdirSync(folder), [])
})

test('streams share one process', async () => {
  const team = await startTeam([model('a', 2), model('b', 1)], 'streams')
  await Promise.all([team.launch(0, 0, 8, 0), team.launch(0, 1, 8, 0), team.launch(1, 0, 8, 0)])
  await team.close()
  assert.deepEqual(readdirSync(folder), [])
})
