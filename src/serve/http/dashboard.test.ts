import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DirectBackend } from '../backend/direct-backend.test.fixture.js'
import { WatchedBackend } from '../backend/watched-backend.test.fixture.js'
import { echoModel } from '../echo.test.fixture.js'
import { trialSchema } from '../planning/trial.js'
import { type RunningServer, startServer } from '../server.js'
import { serverStateSchema, stateHistorySchema } from '../telemetry/state.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const TRIAL = {
  mechanism: 'mps',
  models: [{ name: 'vgg19', instances: 2, cus: 88, largestBatch: 8, maxDelayMs: 2 }],
}

async function withServer(
  backend: DirectBackend,
  work: (
    ask: (path: string, init?: RequestInit) => Promise<Response>,
    server: RunningServer,
  ) => Promise<void>,
  options: { readonly keys?: Record<string, string> } = {},
): Promise<void> {
  const server = await startServer({
    backend,
    name: 'eclip',
    version: '1',
    host: '127.0.0.1',
    httpPort: 0,
    grpcPort: 0,
    log: () => {},
    ...(options.keys && { keys: { format: 'eclip.api-keys/1', tenants: options.keys } }),
  })
  try {
    await work((path, init) => fetch(server.httpUrl + path, init), server)
  } finally {
    await server.stop(1000)
  }
}

test('the page comes with a policy that keeps other sites out, and is not sent twice', async () => {
  await withServer(new WatchedBackend(), async (ask) => {
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/dashboard.js', 'text/javascript; charset=utf-8'],
      ['/dashboard.css', 'text/css; charset=utf-8'],
    ]) {
      const response = await ask(path)
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), type)
      assert.match(
        response.headers.get('content-security-policy')!,
        /default-src 'none'.*frame-ancestors 'none'/,
      )
      assert.ok((await response.text()).length > 100)
      const again = await ask(path, { headers: { 'if-none-match': response.headers.get('etag')! } })
      assert.equal(again.status, 304)
      assert.equal(await again.text(), '')
    }
  })
})

test('state and history have the published form', async () => {
  await withServer(new WatchedBackend(), async (ask, { observer }) => {
    observer.tick(Date.now())
    assert.deepEqual(
      serverStateSchema.parse(await (await ask('/eclip/state')).json()),
      observer.state,
    )
    const history = stateHistorySchema.parse(await (await ask('/eclip/history')).json())
    assert.deepEqual(history, observer.history)
  })
})

test('a plan is tried and applied, and what the server cannot do is refused', async () => {
  const backend = new WatchedBackend()
  await withServer(backend, async (ask) => {
    const post = (path: string, body: object, headers = JSON_TYPE) =>
      ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    const tried = trialSchema.parse(await (await post('/eclip/trials', TRIAL)).json())
    assert.deepEqual(backend.tried, [TRIAL])
    const path = `/eclip/trials/${encodeURIComponent(tried.id)}/apply`
    assert.equal((await post(path, {})).status, 200)
    assert.deepEqual(backend.applied, [tried.id])
    assert.equal((await post(path, {})).status, 404)
    const wrong = await post('/eclip/trials', { ...TRIAL, mechanism: 'magic' })
    assert.equal(wrong.status, 400)
    assert.match(
      await wrong.text(),
      /the trial: mechanism: expected .*"streams\\", found \\"magic\\"/,
    )
  })
  await withServer(
    new DirectBackend([{ ...echoModel('m', ['FP32']), latencyUs: () => 0 }]),
    async (ask) => {
      const body = JSON.stringify(TRIAL)
      const response = await ask('/eclip/trials', { method: 'POST', headers: JSON_TYPE, body })
      assert.equal(response.status, 501)
    },
  )
})

test('with keys, everybody gets the page, but not what it shows', async () => {
  const key = 'a secret of sixteen'
  await withServer(
    new WatchedBackend(),
    async (ask) => {
      assert.equal((await ask('/')).status, 200)
      assert.equal((await ask('/eclip/state')).status, 401)
      assert.equal((await ask('/eclip/trials', { method: 'POST' })).status, 401)
      const headers = { authorization: `Bearer ${key.replaceAll(' ', '-')}` }
      assert.equal((await ask('/eclip/state', { headers })).status, 200)
    },
    { keys: { me: key.replaceAll(' ', '-') } },
  )
})
