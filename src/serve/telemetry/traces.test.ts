import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { startEchoes } from '../echo.test.fixture.js'
import { CODES, GrpcClient, input } from '../grpc/client.test.fixture.js'
import { bytes, message } from '../grpc/wire.test.fixture.js'
import { fp32 } from '../http/client.test.fixture.js'
import { Tracer } from './traces.js'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status?: { readonly code: number; readonly message: string }
}

/** A collector that keeps everything it receives. */
async function startCollector(status = 200) {
  const spans: Span[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    assert.equal(request.url, '/v1/traces')
    const [{ resource, scopeSpans }] = JSON.parse(body).resourceSpans
    assert.equal(resource.attributes[0].value.stringValue, 'test')
    spans.push(...scopeSpans[0].spans)
    response.writeHead(status).end('{}')
  })
  // An open connection would keep a failed test from ending.
  after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { spans, url, close: () => server.close() }
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

test('a request is a span of its client’s trace, and its parts are spans of the request', async () => {
  const collector = await startCollector()
  const lost: string[] = []
  const tracer = new Tracer({
    url: collector.url,
    share: 0,
    serviceName: 'test',
    lost: (_, reason) => lost.push(reason),
  })
  const server = await startEchoes({ tracer })
  const grpc = new GrpcClient(server)
  after(async () => {
    grpc.close()
    await server.stop(0)
  })
  const infer = (model: string, traceparent?: string) =>
    fetch(`${server.httpUrl}/v2/models/${model}/infer`, {
      method: 'POST',
      headers: traceparent ? { traceparent } : {},
      body: JSON.stringify({ inputs: [fp32()] }),
    })
  await infer('echo-FP32', `00-${TRACE}-${PARENT}-01`)
  await infer('echo-FP32', `00-${TRACE}-${PARENT}-00`)
  await infer('echo-FP32')
  // A header that the specification calls invalid is treated as no trace.
  await infer('echo-FP32', `00-${'0'.repeat(32)}-${PARENT}-01`)
  await infer('echo-FP32', `00-${TRACE}-${'0'.repeat(16)}-01`)
  await infer('echo-FP32', `ff-${TRACE}-${PARENT}-01`)
  await infer('echo-FP32', `00-${TRACE}-${PARENT}-011`)
  await infer('echo-INT8', `00-${TRACE}-${PARENT}-01`)
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` }
  const request = message(bytes(1, 'echo-UINT8'), input('IN_UINT8', 'UINT8', [1, 1]), bytes(7, [1]))
  assert.equal((await grpc.call('ModelInfer', [request], headers)).code, CODES.OK)
  await server.stop(0)
  const requests = collector.spans.filter(({ name }) => name === 'infer')
  assert.deepEqual(
    requests.map(({ traceId, parentSpanId, status }) => [traceId, parentSpanId, status?.message]),
    [
      [TRACE, PARENT, undefined],
      [TRACE, PARENT, 'invalid'],
      [TRACE, PARENT, undefined],
    ],
  )
  const [{ spanId, startTimeUnixNano, endTimeUnixNano }] = requests
  const parts = collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId)
  assert.deepEqual(
    parts.map(({ name }) => name),
    ['output', 'compute', 'input', 'queue'],
  )
  for (const part of parts) {
    assert.equal(part.traceId, TRACE)
    assert.ok(BigInt(part.startTimeUnixNano) <= BigInt(part.endTimeUnixNano))
  }
  const tookNs = BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)
  assert.ok(tookNs > 0n && tookNs < 60_000_000_000n)
  assert.ok(Math.abs(Number(BigInt(endTimeUnixNano) / 1_000_000n) - Date.now()) < 60_000)
  assert.deepEqual(lost, [])
})

test('without a collector, spans are lost and nothing else', async () => {
  const collector = await startCollector(503)
  const lost: [number, string][] = []
  const tracer = new Tracer({
    url: collector.url,
    share: 1,
    serviceName: 'test',
    lost: (spans, reason) => lost.push([spans, reason]),
  })
  const request = { traceparent: undefined, model: 'm', startUs: 0, endUs: 1 }
  tracer.record(request)
  await tracer.flush()
  collector.close()
  tracer.record(request)
  await tracer.stop()
  assert.deepEqual(lost[0], [1, 'HTTP 503'])
  assert.equal(lost[1][0], 1)
})
