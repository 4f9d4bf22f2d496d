import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODES, framed, grpcClientOfEchoes, input, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const KEY = 'a-secret-of-tenant-a'
const BODY_BYTES = 100_000
const client = grpcClientOfEchoes({
  keys: { format: 'eclip.api-keys/1', tenants: { a: KEY } },
  limits: { bodyBytes: BODY_BYTES, heldBytes: BODY_BYTES / 2 },
})
const authorization = `Bearer ${KEY}`

function request(size: number): Uint8Array {
  const values = Buffer.alloc(size)
  return message(bytes(1, 'echo-UINT8'), input('IN_UINT8', 'UINT8', [1, size]), bytes(7, values))
}

test('only clients with a key may ask, but health is open to all', async () => {
  await client().ask('ServerLive')
  await client().ask('ServerReady')
  for (const method of ['ServerMetadata', 'ModelInfer']) {
    await client().refused(CODES.UNAUTHENTICATED, method)
  }
  const { code } = await client().call('ModelInfer', [request(4)], { authorization })
  assert.equal(code, CODES.OK)
  const { byTenant } = client().server.service.accounting
  assert.equal(byTenant.get('a')?.answered, 1)
})

test('who has no key is refused before a message is read, or a stream of them', {
  timeout: 20_000,
}, async () => {
  const announced = framed(new Uint8Array(BODY_BYTES / 2)).subarray(0, 10)
  for (const method of ['ModelInfer', 'ModelStreamInfer']) {
    const stream = client().open(method)
    stream.write(announced)
    assert.equal((await outcome(stream)).code, CODES.UNAUTHENTICATED, method)
  }
})

test('messages beyond the limit, and beyond the memory for all, are refused', async () => {
  const long = await client().call('ModelInfer', [request(BODY_BYTES)], { authorization })
  assert.equal(long.code, CODES.RESOURCE_EXHAUSTED)
  const held = await client().call('ModelInfer', [request(BODY_BYTES / 2)], { authorization })
  assert.equal(held.code, CODES.RESOURCE_EXHAUSTED)
  assert.equal(held.trailers['retry-after'], '1')
  const { code } = await client().call('ModelInfer', [request(4)], { authorization })
  assert.equal(code, CODES.OK)
})
