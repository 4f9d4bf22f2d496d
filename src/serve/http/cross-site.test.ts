import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOfEchoes, errorOf, fp32 } from './client.test.fixture.js'

const client = clientOfEchoes()
const MODEL = '/v2/models/echo-FP32'
const BODY = JSON.stringify({ inputs: [fp32()] })

test('pages of other sites change nothing and run nothing', async () => {
  const others: Record<string, string>[] = [
    { origin: 'http://elsewhere.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: client.server.httpUrl },
  ]
  for (const headers of others) {
    for (const path of ['/v2/repository/models/echo-FP32/unload', '/eclip/trials'])
      await errorOf(await client.post(path, '{}', headers), 403)
    await errorOf(await client.post(`${MODEL}/infer`, BODY, headers), 403)
    const preflight = await fetch(client.server.httpUrl, { method: 'OPTIONS', headers })
    assert.ok(!preflight.headers.has('access-control-allow-origin'))
  }
  assert.equal((await client.get(`${MODEL}/ready`)).status, 200)
})

test('its own page, a page behind a proxy and programs other than browsers are served', async () => {
  const own: Record<string, string>[] = [
    {},
    { origin: client.server.httpUrl },
    { origin: 'https://eclip.example', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ]
  for (const headers of own)
    assert.equal((await client.post(`${MODEL}/infer`, BODY, headers)).status, 200)
  // The browser itself hides these from the page of another site.
  const response = await client.get(MODEL, { origin: 'http://elsewhere.example' })
  assert.equal(response.status, 200)
})
