import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echoBackend, echoModel } from '../echo.test.fixture.js'
import { clientOfEchoes, errorOf, fp32, jsonOf } from './client.test.fixture.js'

const client = clientOfEchoes({ backend: echoBackend([echoModel('m', ['FP32'])]) })

test('another plan is put into force, unless it does not fit', async () => {
  const put = (plan: unknown) =>
    fetch(`${client.server.httpUrl}/plan`, { method: 'PUT', body: JSON.stringify(plan) })
  const plan = await jsonOf<{ models: object[]; concurrency: number }>(client.get('/plan'))
  assert.equal((await put({ ...plan, concurrency: 3 })).status, 200)
  assert.deepEqual(await jsonOf(client.get('/plan')), { ...plan, concurrency: 3 })
  assert.match(await errorOf(await put({ ...plan, concurrency: 0 }), 400), /concurrency/)
  assert.match(
    await errorOf(
      await put({ ...plan, models: [{ ...plan.models[0], name: 'n', model: 'n' }] }),
      400,
    ),
    /leaves out 'm'/,
  )
  assert.equal((await client.inferJson('m', { inputs: [fp32()] })).status, 200)
})
