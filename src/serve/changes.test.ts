import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '../until.test.fixture.js'
import type { PlanBackend } from './backend/plan-backend.js'
import { SimulatedDevice } from './backend/simulated-device.js'
import { echoBackend, echoModel, planOf, startEchoes } from './echo.test.fixture.js'
import { fp32, type InferAnswer } from './http/client.test.fixture.js'
import { settledBytes } from './memory.test.fixture.js'
import type { RunningServer } from './server.js'

const CHANGES = 100
const MB = 2 ** 20
const MODELS = ['a', 'b']

interface Bench {
  readonly backend: PlanBackend
  readonly server: RunningServer
}

async function start(t: TestContext): Promise<Bench> {
  const models = MODELS.map((name) => echoModel(name, ['FP32']))
  const device = new SimulatedDevice(models, () => 1500)
  const backend = echoBackend(models, { device })
  const server = await startEchoes({ backend })
  t.after(() => server.stop(0))
  return { backend, server }
}

/** Runs clients that keep asking while something is done. Returns how often each status was answered. */
async function underLoad(
  { server }: Bench,
  change: () => Promise<void>,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let isOver = false
  const client = async (_: unknown, index: number) => {
    for (let n = 0; !isOver; n++) {
      const data = [index, n]
      const response = await fetch(`${server.httpUrl}/v2/models/${MODELS[index % 2]}/infer`, {
        method: 'POST',
        body: JSON.stringify({ inputs: [fp32('IN_FP32', [1, 2], data)] }),
      })
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      const answer = (await response.json()) as InferAnswer
      if (response.status === 200) assert.deepEqual(answer.outputs[0].data, data)
    }
  }
  const clients = Array.from({ length: 8 }, client)
  try {
    await change()
  } finally {
    isOver = true
    await Promise.all(clients)
  }
  return statuses
}

/** Resolves once some more requests have been answered. */
async function answeredMore({ server }: Bench): Promise<void> {
  const answered = () => {
    const accounts = [...server.service.accounting.byModel.values()]
    return accounts.reduce((total, account) => total + account.answered, 0)
  }
  const enough = answered() + 5
  await until(() => answered() >= enough)
}

/** How many requests were received and how each ended, by the accounting of the server. */
function checkAccounting({ server }: Bench, statuses: ReadonlyMap<number, number>): void {
  let received = 0
  let answered = 0
  for (const account of server.service.accounting.byModel.values()) {
    assert.equal(account.open, 0)
    received += account.received
    answered += account.answered
  }
  assert.equal(
    received,
    [...statuses.values()].reduce((total, count) => total + count, 0),
  )
  assert.equal(answered, statuses.get(200))
}

test('the plan is swapped a hundred times under load, and every request is answered', async (t) => {
  const bench = await start(t)
  const statuses = await underLoad(bench, async () => {
    for (let i = 0; i < CHANGES; i++) {
      const changes = {
        instances: 1 + (i % 3),
        share: 1 + (i % 2),
        maxDelayMs: i % 4 === 0 ? 1 : 0,
      }
      await bench.backend.swap(planOf(MODELS, changes))
      await answeredMore(bench)
    }
  })
  assert.deepEqual([...statuses.keys()], [200])
  checkAccounting(bench, statuses)
})

test('a model is loaded and unloaded a hundred times under load, and the other always answers', async (t) => {
  const bench = await start(t)
  let usedAtFirst = 0
  const statuses = await underLoad(bench, async () => {
    for (let i = 0; i < CHANGES; i++) {
      await bench.backend.unload('a')
      await bench.backend.load('a')
      await answeredMore(bench)
      if (i === CHANGES / 4) usedAtFirst = await settledBytes()
    }
  })
  const used = await settledBytes()
  assert.ok(used < usedAtFirst + 4 * MB, `${usedAtFirst / MB} MB grew to ${used / MB}`)
  for (const status of statuses.keys()) assert.ok(status === 200 || status === 503, `${status}`)
  checkAccounting(bench, statuses)
  const { byModel } = bench.server.service.accounting
  assert.equal(byModel.get('b')?.answered, byModel.get('b')?.received)
})
