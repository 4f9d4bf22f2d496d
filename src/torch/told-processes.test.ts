import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type FakeMps, fakeMps } from '../run/fake-mps.test.fixture.js'
import { withToldProcesses } from './told-processes.js'

const FAKE = fileURLToPath(new URL('./fake-worker.test.fixture.js', import.meta.url))

let mps: FakeMps
const { PATH } = process.env
beforeEach(() => {
  mps = fakeMps()
  process.env.PATH = mps.env.PATH
})
afterEach(() => {
  process.env.PATH = PATH
  mps.remove()
})

function start<T>(behaviour: string, work: Parameters<typeof withToldProcesses<T>>[2]) {
  const options = { command: [process.execPath, FAKE, behaviour], endTimeoutMs: 1000 }
  return withToldProcesses([40, 100], options, work)
}

test('there is a process for each share, in their order, until the work is done', async () => {
  const ended = await start('gpu', async (processes) => {
    assert.deepEqual(
      processes.map(({ percent }) => percent),
      [40, 100],
    )
    assert.equal(mps.told(), 'start')
    return processes.map(({ worker }) => worker.ended)
  })
  assert.equal((await Promise.all(ended)).length, 2)
  assert.equal(mps.told(), 'start quit')
})

test('if work fails, or processes do not start, the daemon ends as well', async () => {
  await assert.rejects(
    start('gpu', () => Promise.reject(new Error('no'))),
    /^Error: no$/,
  )
  assert.equal(mps.told(), 'start quit')
  await assert.rejects(
    start('dead-on-arrival', async () => assert.fail()),
    { name: 'WorkError', message: /No module named 'torch'$/ },
  )
  assert.equal(mps.told(), 'start quit start quit')
})
