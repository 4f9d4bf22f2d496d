import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOfEchoes, errorOf, fp32 } from './client.test.fixture.js'

const KEY = 'a-secret-of-tenant-a'
const client = clientOfEchoes({
  keys: { format: 'eclip.api-keys/1', tenants: { a: KEY, b: 'a-secret-of-tenant-b' } },
})
const request = JSON.stringify({ inputs: [fp32()] })
const path = '/v2/models/echo-FP32/infer'

test('only clients with a key may ask, but health is open to all', async () => {
  assert.equal((await client.get('/v2/health/live')).status, 200)
  assert.equal((await client.get('/v2/health/ready')).status, 200)
  const wrong = ['', KEY, `Basic ${KEY}`, `Bearer ${KEY}x`, 'Bearer', `Bearer ${KEY} x`]
  for (const authorization of wrong) {
    const response = await client.post(path, request, { authorization })
    assert.equal(response.headers.get('www-authenticate'), 'Bearer')
    await errorOf(response, 401)
    await errorOf(await client.get('/metrics', { authorization }), 401)
    await errorOf(await client.get('/v2', { authorization }), 401)
  }
  const authorization = `Bearer ${KEY}`
  assert.equal((await client.post(path, request, { authorization })).status, 200)
  assert.equal((await client.get('/v2', { authorization })).status, 200)
})

test('requests are counted for the tenant whose key they carry', async () => {
  const authorization = 'Bearer a-secret-of-tenant-b'
  await client.post(path, request, { authorization })
  const { byTenant, byModel } = client.server.service.accounting
  assert.equal(byTenant.get('b')?.answered, 1)
  assert.equal(byTenant.size, 2)
  assert.ok((byModel.get('echo-FP32')?.notAnswered.get('unauthorized') ?? 0) > 0)
})
