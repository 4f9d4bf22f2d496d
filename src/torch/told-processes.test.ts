import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Kernel, Profile } from '../profile/profile.js'
import { type FakeMps, fakeMps } from '../run/fake-mps.test.fixture.js'
import type { RunRequest } from './protocol.js'
import { periodUs, roundTripsUs, withToldProcesses } from './told-processes.js'

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

/** A model whose request is one kernel, which takes this long on the whole device, in µs. */
function modelTaking(us: number): Profile {
  const kernel: Kernel = {
    ...{ name: 'k', grid: [1, 1, 1], block: [64, 1, 1], registers: 8, sharedMemoryBytes: 0 },
    durationUs: { 66: 2 * us, 132: us },
  }
  return {
    ...{ format: 'eclip.profile/1', model: 'm', batch: 8, device: 'h200', source: 'measured' },
    kernels: [kernel],
  }
}

test('a run under a share is long enough for five requests, one after another', async () => {
  const asked: RunRequest[] = []
  const period = (us: number, rps: number) => {
    const run = async (request: RunRequest) => {
      asked.push(request)
      const [{ worker, batch }] = request.workers
      const ran = { worker, batch, requests: 1, rps, p50Ms: null, p95Ms: null, p99Ms: null }
      return { seconds: request.seconds, workers: [ran], energy: null }
    }
    return periodUs({ run }, 'told', modelTaking(us), 50)
  }
  assert.equal(await period(1000, 400), 2500)
  assert.equal(await period(1e6, 0.5), 2e6)
  assert.deepEqual(
    asked.map(({ seconds }) => seconds),
    [0.2, 10],
  )
  assert.deepEqual(asked[0].workers, [{ worker: 'told', batch: 8, load: { kind: 'closed' } }])
  await assert.rejects(period(1e6, 0), { message: 'no request of m at batch 8 ended within 10 s' })
})

test('round trips never overlap', async () => {
  let open = 0
  const infer = async () => {
    assert.equal(open++, 0)
    await sleep(3)
    open--
    return { queueMs: 0, inputMs: 0, computeMs: 0, outputMs: 0, missed: [] }
  }
  assert.equal((await roundTripsUs({ infer }, 'told', 8, 4)).length, 4)
})
