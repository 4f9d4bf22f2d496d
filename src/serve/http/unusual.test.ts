/** Unusual requests that published clients, proxies and people with a shell send. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOfEchoes, errorOf, fp32, type InferAnswer, jsonOf } from './client.test.fixture.js'
import { conversation, open } from './raw-client.test.fixture.js'

const client = clientOfEchoes()
const PATH = '/v2/models/echo-FP32/infer'
const BODY = JSON.stringify({ inputs: [fp32()] })

/** What the server answers on a connection that it is asked to close. */
function send(line: string, headers: readonly string[], body = BODY): Promise<string> {
  const head = [line, 'Host: x', 'Connection: close', ...headers].join('\r\n')
  const socket = open(client)
  socket.write(`${head}\r\n\r\n${body}`)
  return conversation(socket)
}

test('requests are understood in every form that HTTP allows', async () => {
  const length = `Content-Length: ${BODY.length}`
  const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`
  const usual: [string, string[], string?][] = [
    [`POST ${PATH} HTTP/1.1`, [length]],
    [`POST ${PATH} HTTP/1.0`, [length]],
    [`POST http://somewhere:1${PATH}?x=1 HTTP/1.1`, [length]],
    [`POST ${PATH}/ HTTP/1.1`, [length]],
    [`POST /${PATH} HTTP/1.1`, [length]],
    ['POST /v2/models/echo%2DFP32/versions/1/infer?x=/y HTTP/1.1', [length]],
    [`POST ${PATH} HTTP/1.1`, ['Expect: 100-continue', length]],
    [`POST ${PATH} HTTP/1.1`, ['Expect: a-miracle', length]],
    [`POST ${PATH} HTTP/1.1`, ['Transfer-Encoding: chunked'], chunked],
    [`POST ${PATH} HTTP/1.1`, [`inference-HEADER-content-length: ${BODY.length}`, length]],
    [`POST ${PATH} HTTP/1.1`, ['Content-Encoding: identity', length]],
    [`POST ${PATH} HTTP/1.1`, ['Content-Encoding:', length]],
    [`POST ${PATH} HTTP/1.1`, ['Upgrade: h2c', length]],
  ]
  for (const [line, headers, body] of usual) {
    const answer = await send(line, headers, body)
    assert.match(answer, /HTTP\/1\.1 200 OK/, `${line}: ${answer}`)
    assert.match(answer, /"data":\[1,2\]/)
  }
})

test('a path that only has other methods says which', async () => {
  for (const [method, path, allowed] of [
    ['DELETE', '/plan', 'GET, PUT'],
    ['OPTIONS', PATH, 'POST'],
    ['PUT', '/v2', 'GET'],
  ]) {
    const response = await fetch(`${client.server.httpUrl}${path}`, { method })
    assert.equal(response.headers.get('allow'), allowed)
    assert.match(await errorOf(response, 405), /^expected method .*, found /)
  }
  assert.equal((await fetch(`${client.server.httpUrl}/v2`, { method: 'HEAD' })).status, 200)
})

test('null means that a value is left out', async () => {
  const nothing = { parameters: null }
  const request = { id: null, outputs: null, ...nothing, inputs: [{ ...fp32(), ...nothing }] }
  const { id, outputs } = await jsonOf<InferAnswer>(client.inferJson('echo-FP32', request))
  assert.deepEqual([id, outputs[0].data], [undefined, [1, 2]])
})

test('JSON of other calls is UTF-8, with or without a byte order mark, like that of inference', async () => {
  const ask = (body: Buffer): Promise<Response> => client.post('/v2/repository/index', body)
  const mark = [0xef, 0xbb, 0xbf]
  assert.equal((await ask(Buffer.from([...mark, ...Buffer.from('{}')]))).status, 200)
  assert.match(await errorOf(await ask(Buffer.from('{"\xff":1}', 'latin1')), 400), /not UTF-8/)
})

test('the largest 64-bit numbers are accepted as a timeout and as a priority', async () => {
  for (const most of ['9223372036854775807', '18446744073709551615']) {
    const body = `{"parameters":{"timeout":${most},"priority":${most}},${BODY.slice(1)}`
    const { outputs } = await jsonOf<InferAnswer>(client.post(PATH, body))
    assert.deepEqual(outputs[0].data, [1, 2])
    const ofIntegers = client.post('/v2/models/echo-INT64/infer', body.replaceAll('FP32', 'INT64'))
    assert.deepEqual((await jsonOf<InferAnswer>(ofIntegers)).outputs[0].data, [1, 2])
  }
})

test('tensors without elements go through, but not one without rows', async () => {
  const { outputs } = await jsonOf<InferAnswer>(
    client.inferJson('echo-FP32', { inputs: [fp32('IN_FP32', [1, 0], [])] }),
  )
  assert.deepEqual([outputs[0].shape, outputs[0].data], [[1, 0], []])
  const none = await client.inferJson('echo-FP32', { inputs: [fp32('IN_FP32', [0, 2], [])] })
  assert.match(await errorOf(none, 400), /batch of 1 to 8/)
})

test('an error repeats only as much of a request as fits into a line', async () => {
  const long = await client.inferJson('echo-FP32', { inputs: [fp32('x'.repeat(100_000))] })
  assert.ok((await errorOf(long, 400)).length < 1100)
  const shape = Array(50_000).fill(1)
  const deep = await client.inferJson('echo-FP32', { inputs: [fp32('IN_FP32', shape, [1])] })
  assert.ok((await errorOf(deep, 400)).length < 1100)
})
