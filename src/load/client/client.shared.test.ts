import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo, type Server } from 'node:net'
import type { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { until } from '../../until.test.fixture.js'
import {
  type ClientOptions,
  type InferenceClient,
  type InferRequest,
  ServerError,
  type Tensor,
  type TensorMetadata,
} from './client.js'
import { connect } from './connect.js'
import { DATATYPES, type Datatype, type Element, encodeElements } from './datatypes.js'
import { startGrpcEchoServer } from './echo-grpc.test.fixture.js'
import { startEchoServer } from './echo-http.test.fixture.js'

/** The same cases over both transports, each against a server that was not written here. */

const OPTIONS: ClientOptions = { connections: 4, timeoutMs: 20_000, headers: {}, encoding: 'raw' }
const INPUTS: readonly TensorMetadata[] = [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }]

/** Tensors of 4 MiB each, more than a connection of Node's HTTP/2 client holds by default. */
const REQUESTS = 6

/** A server that ends every inference except the first in this way. */
type Ends = 'refused' | 'dropped' | 'failed'

const TRANSPORTS = {
  http: {
    start: (ends?: Ends) =>
      startEchoServer(INPUTS, async (index) =>
        ends === undefined || index === 0 ? undefined : HTTP_ENDS[ends],
      ),
    startSilent: () => startEchoServer(INPUTS, never),
    reasons: { refused: 'HTTP 429 full', dropped: 'HTTP 504 late', failed: 'HTTP 500 broken' },
    notFound: /HTTP 404 no such thing/,
  },
  grpc: {
    start: (ends?: Ends) =>
      startGrpcEchoServer(INPUTS, async (index) =>
        ends === undefined || index === 0 ? undefined : GRPC_ENDS[ends],
      ),
    startSilent: () => startGrpcEchoServer(INPUTS, never),
    reasons: { refused: 'gRPC 8 full', dropped: 'gRPC 4 late', failed: 'gRPC 13 broken' },
    notFound: /gRPC 5 no such model: 100% ü/,
  },
} as const

const HTTP_ENDS = {
  refused: { status: 429, body: '{"error":"full"}' },
  dropped: { status: 504, body: '{"error":"late"}' },
  failed: { status: 500, body: 'broken\n<html>' },
} as const

const GRPC_ENDS = {
  refused: { code: status.RESOURCE_EXHAUSTED, details: 'full' },
  dropped: { code: status.DEADLINE_EXCEEDED, details: 'late' },
  failed: { code: status.INTERNAL, details: 'broken' },
} as const

const SAMPLES: Readonly<Record<Datatype, readonly Element[]>> = {
  BOOL: [true, false, true],
  UINT8: [0, 1, 255],
  UINT16: [0, 1, 65535],
  UINT32: [0, 1, 4294967295],
  UINT64: [0n, 1n, 9007199254740991n],
  INT8: [-128, 0, 127],
  INT16: [-32768, 0, 32767],
  INT32: [-2147483648, 0, 2147483647],
  INT64: [-9007199254740991n, 0n, 300n],
  FP16: [-1.5, 0, 65504],
  BF16: [-1.5, 0, 3],
  FP32: [-1.5, 0, 16777217],
  FP64: [-1.5, 0, 0.1],
  BYTES: ['', 'ü', 'long enough'].map((text) => Buffer.from(text)),
}

function never(): Promise<undefined> {
  return new Promise(() => {})
}

/** A client that is closed when the test ends. */
function clientOf(url: string, options = OPTIONS): InferenceClient {
  const client = connect(url, options)
  after(() => client.close())
  return client
}

/** The address at which a server listens until the test ends. */
async function listening(server: Server): Promise<string> {
  after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function tensorOf(datatype: Datatype): Tensor {
  const data = encodeElements(datatype, SAMPLES[datatype])
  return { name: `t ${datatype}`, datatype, shape: [3], data }
}

function plain({ name, datatype, shape, data }: Tensor): unknown {
  return { name, datatype, shape, data: [...data] }
}

for (const [name, { start, startSilent, reasons, notFound }] of Object.entries(TRANSPORTS)) {
  test(`${name}: metadata and the index of models`, async () => {
    const server = await start()
    const client = clientOf(server.url)
    assert.equal((await client.serverMetadata()).name, 'echo')
    assert.deepEqual(await client.readyModels(), ['echo'])
    const metadata = await client.modelMetadata('echo', '7')
    assert.deepEqual(
      [metadata.platform, metadata.inputs, metadata.outputs],
      ['test', INPUTS, INPUTS],
    )
    await assert.rejects(client.modelMetadata('other'), (error: ServerError) => {
      assert.match(error.message, notFound)
      return error instanceof ServerError
    })
  })

  for (const encoding of ['raw', 'values'] as const) {
    test(`${name}: tensors of every data type are sent and received as ${encoding}`, async () => {
      const server = await start()
      const client = clientOf(server.url, { ...OPTIONS, encoding })
      // 16-bit floats have no typed list in the messages of gRPC.
      const datatypes = DATATYPES.filter(
        (datatype) => name === 'http' || encoding === 'raw' || !/^B?FP?16$/.test(datatype),
      )
      const inputs = datatypes.map(tensorOf)
      const response = await client.infer({ model: 'echo', id: 'id 1', inputs })
      assert.deepEqual(response.outputs.map(plain), inputs.map(plain))
      const { model, id, parameters } = response
      assert.deepEqual([model, id, parameters], ['echo', 'id 1', {}])
    })
  }

  if (name === 'grpc')
    test('grpc: tensors without a typed list are refused as values, before anything is sent', async () => {
      const client = clientOf((await start()).url, { ...OPTIONS, encoding: 'values' })
      for (const datatype of ['FP16', 'BF16'] as const)
        assert.throws(
          () => client.prepare({ model: 'echo', inputs: [tensorOf(datatype)] }),
          /^InputError: --encoding: expected raw for a tensor of B?FP?16, .*, found values$/,
        )
    })

  for (const ending of ['refused', 'dropped', 'failed'] as const) {
    test(`${name}: a request that is ${ending} has the reason`, async () => {
      const server = await start(ending)
      const client = clientOf(server.url)
      const call = client.prepare({ model: 'echo', inputs: [tensorOf('FP32')] })
      let left = 0
      const count = (): void => {
        left++
      }
      assert.deepEqual(await call(count), { ending: 'answered', reason: '' })
      assert.deepEqual(await call(count), { ending, reason: reasons[ending] })
      assert.equal(left, 2)
    })
  }

  test(`${name}: a missing server, a server that goes away and a silent server are failures`, async () => {
    const server = await start()
    const request: InferRequest = { model: 'echo', inputs: [tensorOf('FP32')] }
    const client = clientOf(server.url)
    assert.equal((await client.prepare(request)(() => {})).ending, 'answered')
    await server.close()
    const gone = await client.prepare(request)(() => {})
    assert.equal(gone.ending, 'failed')
    assert.notEqual(gone.reason, '')
    await assert.rejects(client.modelMetadata('echo'), ServerError)
    const silent = await startSilent()
    const hasty = clientOf(silent.url, { ...OPTIONS, timeoutMs: 50 })
    assert.deepEqual(await hasty.prepare(request)(() => {}), {
      ending: 'failed',
      reason: 'no answer within 0.05 s',
    })
  })

  test(`${name}: closing the client ends its open requests`, async () => {
    const server = await startSilent()
    const client = clientOf(server.url)
    const call = client.prepare({ model: 'echo', inputs: [tensorOf('FP32')] })
    const reply = call(() => client.close())
    assert.equal((await reply).ending, 'failed')
  })
}

test('http: metadata and an index of the wrong form are failures that name the place', async () => {
  let answer = ''
  const server = http.createServer((_, response) => response.end(answer))
  const client = clientOf(`http://${await listening(server)}`)
  for (const [text, line] of [
    ['<html>', 'the answer is not JSON'],
    ['null', 'Invalid input: expected object, received null'],
    ['[]', 'Invalid input: expected object, received array'],
    ['{"inputs":5}', 'inputs: Invalid input: expected array, received number'],
    ['{"inputs":[{"name":"x","datatype":"FP32"}]}', 'inputs: 0: shape: Invalid input'],
  ]) {
    answer = text
    const place = `ServerError: /v2/models/m: ${line}`
    await assert.rejects(client.modelMetadata('m'), (error) => `${error}`.startsWith(place))
  }
  await assert.rejects(client.readyModels(), /^ServerError: \/v2\/repository\/index: Invalid input/)
})

test('http: an answer to an inference that is none is a failure that names the place', async () => {
  let answer: unknown
  let length = ''
  const server = http.createServer((_, response) => {
    if (length !== '') response.setHeader('inference-header-content-length', length)
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  const client = clientOf(`http://${await listening(server)}`)
  const request = { model: 'm', inputs: [] }
  const output = { name: 'y', datatype: 'FP32', shape: [1] }
  const binary = (size: unknown) => ({
    outputs: [{ ...output, parameters: { binary_data_size: size } }],
  })
  const deep = `{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":${'['.repeat(1e5)}${']'.repeat(1e5)}}]}`
  const invalid = 'Invalid input: expected'
  for (const [wrong, line, headerLength = ''] of [
    ['<html>', 'the answer is not JSON'],
    [{}, `outputs: ${invalid} array, received undefined`],
    [{ outputs: [null] }, `outputs: 0: ${invalid} object, received null`],
    [{ outputs: [{ ...output, datatype: '__proto__' }] }, 'outputs: 0: datatype: Invalid option'],
    [{ outputs: [{ ...output, data: 'abc' }] }, `outputs: 0: data: ${invalid} array`],
    [{ outputs: [{ ...output, data: ['x'] }] }, 'output y: expected values of FP32 as data'],
    [deep, 'output y: expected values of FP32 as data'],
    [{ outputs: Array(2000).fill(output) }, 'outputs: Too big'],
    [binary(-1), 'output y has not the -1 bytes that it should'],
    [binary(0.5), 'output y has not the 0.5 bytes that it should'],
    [binary(8), 'output y has not the 8 bytes that it should'],
    [{ outputs: [] }, 'inference-header-content-length: expected up to 14 bytes', 'many'],
    [{ outputs: [] }, 'inference-header-content-length: expected up to 14 bytes', '-1'],
    [`${' '.repeat(2 ** 24)}{}`, 'the answer has more than 16 MiB'],
  ] as const) {
    answer = wrong
    length = headerLength
    const place = `ServerError: /v2/models/m/infer: ${line}`
    await assert.rejects(client.infer(request), (error) => `${error}`.startsWith(place), line)
  }
})

test('grpc: an answer that is not the message it should be is a failure that says of what', async () => {
  let message = Buffer.alloc(0)
  const server = http2.createServer().on('stream', (stream) => {
    const frame = Buffer.alloc(5)
    frame.writeUInt32BE(message.length, 1)
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.concat([frame, message]))
  })
  const client = clientOf(`grpc://${await listening(server)}`)
  const infer = () => client.infer({ model: 'm', inputs: [] })
  const describe = () => client.modelMetadata('m')
  const field = (number: number, ...content: number[]): number[] => [
    (number << 3) | 2,
    content.length,
    ...content,
  ]
  for (const [bytes, ask, line] of [
    [[0xff], describe, 'ModelMetadata: a message is cut short'],
    [[0x0f], describe, 'ModelMetadata: unknown wire type 7'],
    [Array(2000).fill(field(4)).flat(), describe, 'ModelMetadata: expected at most 1024 tensors'],
    [
      Array(2 ** 20 + 1)
        .fill(field(3))
        .flat(),
      describe,
      'ModelMetadata: a message has more than',
    ],
    [field(5, ...field(1, 121)), infer, 'ModelInfer: output y has no contents'],
    [field(5, ...field(2, 120), ...field(5, 8, 1)), infer, 'ModelInfer: x travels as raw bytes'],
    [field(4, ...field(1, 112)), infer, 'ModelInfer: parameter p has no value'],
  ] as const) {
    message = Buffer.from(bytes)
    await assert.rejects(ask(), (error) => `${error}`.startsWith(`ServerError: ${line}`), line)
  }
})

test('http: a server may leave out what it does not know, or write null for it', async () => {
  const server = http.createServer((_, response) => response.end('{"name":"m","versions":null}'))
  const client = clientOf(`http://${await listening(server)}`)
  const unknown = { versions: [], platform: '', inputs: [], outputs: [] }
  assert.deepEqual(await client.modelMetadata('m'), { name: 'm', ...unknown })
})

test('http: an answer that is cut short is a failure that says so', async () => {
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"model_name"', () => response.destroy())
  })
  const client = clientOf(`http://${await listening(server)}`)
  const call = client.prepare({ model: 'echo', inputs: [tensorOf('FP32')] })
  const reason = 'the connection ended within the answer'
  assert.deepEqual(await call(() => {}), { ending: 'failed', reason })
})

const LARGE_WINDOW = 2 ** 24

/** A server on Node's HTTP/2 that takes large requests, and answers each with as much before it has read it. */
function largeServer(): http2.Http2Server {
  const server = http2.createServer({
    maxSessionMemory: 2 ** 20,
    settings: { initialWindowSize: LARGE_WINDOW },
  })
  server.on('session', (session) => session.setLocalWindowSize(LARGE_WINDOW))
  return server.on('stream', (stream) => {
    stream.on('error', () => {}).resume()
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.alloc(LARGE_WINDOW))
  })
}

const LARGE_INPUT: Tensor = {
  name: 'x',
  datatype: 'UINT8',
  shape: [LARGE_WINDOW],
  data: Buffer.alloc(LARGE_WINDOW),
}

test('grpc: a large answer that comes while a large request leaves does not hold it up for ever', async () => {
  const client = clientOf(`grpc://${await listening(largeServer())}`, {
    ...OPTIONS,
    timeoutMs: 60_000,
  })
  const call = client.prepare({ model: 'm', inputs: [LARGE_INPUT] })
  assert.deepEqual(await call(() => {}), { ending: 'answered', reason: '' })
})

test('grpc: a call over a connection that takes nothing any more ends in time', {
  timeout: 60_000,
}, async () => {
  const [host, port] = (await listening(largeServer())).split(':')
  const sockets: net.Socket[] = []
  const between = net.createServer((socket) => {
    const onwards = net.connect(Number(port), host)
    socket
      .on('error', () => {})
      .pipe(onwards.on('error', () => {}))
      .pipe(socket)
    sockets.push(socket, onwards)
  })
  const options = { ...OPTIONS, connections: 1, timeoutMs: 2000 }
  const client = clientOf(`grpc://${await listening(between)}`, options)
  const small = client.prepare({ model: 'm', inputs: [] })
  assert.equal((await small(() => {})).ending, 'answered')
  sockets[0].unpipe().pause()
  const call = client.prepare({ model: 'm', inputs: [LARGE_INPUT] })
  assert.deepEqual(await call(() => {}), { ending: 'failed', reason: 'no answer within 2 s' })
  client.close()
  for (const socket of sockets) socket.destroy()
})

const ENDLESS = {
  http: () =>
    http.createServer(async (request, response) => {
      for await (const _ of request);
      flood(response.writeHead(200))
    }),
  grpc: () =>
    http2.createServer().on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      flood(stream)
    }),
} as const

/** Writes for as long as anybody reads. */
function flood(answer: Writable): void {
  const piece = Buffer.alloc(2 ** 20)
  const write = (): void => {
    while (answer.write(piece));
  }
  answer.on('error', () => {}).on('drain', write)
  write()
}

for (const transport of ['http', 'grpc'] as const)
  test(`${transport}: answers without an end are failures that say so, and are not kept`, async () => {
    const server = ENDLESS[transport]()
    const client = clientOf(`${transport}://${await listening(server)}`)
    const call = client.prepare({ model: 'echo', inputs: [tensorOf('FP32')] })
    let mostBytes = 0
    const look = (): void => {
      mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers)
    }
    const timer = setInterval(look, 10)
    after(() => clearInterval(timer))
    const replies = await Promise.all(Array.from({ length: OPTIONS.connections }, () => call(look)))
    for (const { ending, reason } of replies) {
      assert.equal(ending, 'failed')
      assert.match(reason, /the answer has more than 256 MiB$/)
    }
    await assert.rejects(client.readyModels(), /the answer has more than 4 MiB$/)
    assert.ok(mostBytes < 2 ** 29, `${mostBytes} bytes of ${replies.length} answers`)
  })

test('http: requests wait for a connection, which stays open unless the server closes it', async () => {
  let isKept = true
  let open = 0
  let mostOpen = 0
  let all = 0
  const server = http.createServer((request, response) => {
    if (!isKept) response.setHeader('connection', 'close')
    request.resume().on('end', () => response.end('{}'))
  })
  server.on('connection', (socket) => {
    all++
    mostOpen = Math.max(mostOpen, ++open)
    socket.on('close', () => open--)
  })
  const client = clientOf(`http://${await listening(server)}`, { ...OPTIONS, connections: 2 })
  const call = client.prepare({ model: 'echo', inputs: [tensorOf('FP32')] })
  const askSix = async (): Promise<void> => {
    const replies = await Promise.all(Array.from({ length: 6 }, () => call(() => {})))
    for (const reply of replies) assert.deepEqual(reply, { ending: 'answered', reason: '' })
  }
  await askSix()
  assert.equal(all, 2)
  server.closeAllConnections()
  await until(() => open === 0)
  await askSix()
  assert.equal(all, 4)
  isKept = false
  await askSix()
  assert.equal(all, 8)
  assert.equal(mostOpen, 2)
})

test('http: a request that gets no connection in time is given up', async () => {
  const server = await TRANSPORTS.http.startSilent()
  const client = clientOf(server.url, { ...OPTIONS, connections: 1, timeoutMs: 300 })
  const call = client.prepare({ model: 'echo', inputs: [tensorOf('FP32')] })
  for (const { reason } of await Promise.all([call(() => {}), call(() => {})]))
    assert.equal(reason, 'no answer within 0.3 s')
})

test('http: a raw request has the layout that the specification shows', async () => {
  const server = await startEchoServer(INPUTS, undefined, ['a b/1'])
  const client = clientOf(`${server.url}/`, { ...OPTIONS, headers: { 'x-key': 'secret' } })
  const inputs = [
    {
      name: 'input0',
      datatype: 'UINT32' as const,
      shape: [1, 2],
      data: Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0),
    },
    { name: 'input1', datatype: 'BOOL' as const, shape: [3], data: Uint8Array.of(1, 0, 1) },
  ]
  await client.infer({ model: 'a b/1', version: '2', parameters: { priority: 1 }, inputs })
  const [{ path, headers, body }] = server.received
  assert.equal(path, '/v2/models/a%20b%2F1/versions/2/infer')
  const json = Number(headers['inference-header-content-length'])
  assert.equal(headers['content-type'], 'application/octet-stream')
  assert.equal(headers['x-key'], 'secret')
  assert.equal(Number(headers['content-length']), json + 11)
  assert.deepEqual(JSON.parse(body.subarray(0, json).toString()), {
    parameters: { binary_data_output: true, priority: 1 },
    inputs: [
      { name: 'input0', shape: [1, 2], datatype: 'UINT32', parameters: { binary_data_size: 8 } },
      { name: 'input1', shape: [3], datatype: 'BOOL', parameters: { binary_data_size: 3 } },
    ],
  })
  assert.deepEqual([...body.subarray(json)], [1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1])
})

test('grpc: answers are received while large requests wait to be read', async () => {
  const server = http2.createServer()
  let streams = 0
  const answer = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }
  const held: http2.ServerHttp2Stream[] = []
  // Reads nothing, and answers once every request has begun.
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    held.push(stream)
    if (++streams === REQUESTS) for (const one of held) one.respond(answer, { endStream: true })
  })
  const client = clientOf(`grpc://${await listening(server)}`, { ...OPTIONS, connections: 1 })
  const data = new Uint8Array(2 ** 22)
  const large = { name: 'x', datatype: 'UINT8' as const, shape: [2 ** 22], data }
  const call = client.prepare({ model: 'echo', inputs: [large] })
  const replies = await Promise.all(Array.from({ length: REQUESTS }, () => call(() => {})))
  for (const reply of replies) assert.deepEqual(reply, { ending: 'answered', reason: '' })
})

test('grpc: parameters and requested outputs arrive unchanged', async () => {
  const server = await startGrpcEchoServer(INPUTS)
  const client = clientOf(server.url)
  const parameters = { priority: 2, timeout: 5_000_000_000, label: 'x', exact: false, scale: -0.5 }
  const response = await client.infer({
    model: 'echo',
    parameters,
    inputs: [{ ...tensorOf('INT8'), parameters: { low: -3 } }],
    outputs: [{ name: 'y', parameters: { classification: 2 } }],
  })
  assert.deepEqual(response.parameters, parameters)
  const [{ inputs, outputs }] = server.received
  assert.deepEqual(inputs[0].parameters, [{ key: 'low', value: { int64_param: '-3' } }])
  assert.deepEqual(outputs, [
    { name: 'y', parameters: [{ key: 'classification', value: { int64_param: '2' } }] },
  ])
})

const REGION = { name: 'a b/1', key: '/key', offset: 64, byteSize: 5_000_000_000 }
const PLACE = {
  shared_memory_region: 'a b/1',
  shared_memory_offset: 64,
  shared_memory_byte_size: 12,
}

test('http: shared memory is registered, used and unregistered as the specification says', async () => {
  const server = await startEchoServer(INPUTS)
  const client = clientOf(server.url)
  await client.registerSharedMemory(REGION)
  const { data: _, ...input } = tensorOf('FP32')
  const places = { name: 'y', parameters: PLACE }
  const inputs = [{ ...input, parameters: PLACE }]
  await client.prepare({ model: 'echo', inputs, outputs: [places] })(() => {})
  await client.unregisterSharedMemory(REGION.name)
  const [registered, inferred, unregistered] = server.received
  assert.equal(registered.path, '/v2/systemsharedmemory/region/a%20b%2F1/register')
  assert.deepEqual(JSON.parse(`${registered.body}`), {
    key: '/key',
    offset: 64,
    byte_size: 5_000_000_000,
  })
  assert.equal(unregistered.path, '/v2/systemsharedmemory/region/a%20b%2F1/unregister')
  assert.deepEqual(JSON.parse(`${inferred.body}`), {
    parameters: { binary_data_output: true },
    inputs: [{ name: 't FP32', datatype: 'FP32', shape: [3], parameters: PLACE }],
    outputs: [places],
  })
})

test('grpc: shared memory is registered, used and unregistered as the specification says', async () => {
  const server = await startGrpcEchoServer(INPUTS)
  const client = clientOf(server.url)
  await client.registerSharedMemory(REGION)
  const { data: _, ...input } = tensorOf('FP32')
  const inputs = [{ ...input, parameters: PLACE }, tensorOf('INT8')]
  const outputs = [{ name: 'y', parameters: PLACE }]
  await client.prepare({ model: 'echo', inputs, outputs })(() => {})
  await client.unregisterSharedMemory(REGION.name)
  const [registered, inferred, unregistered] = server.received
  const { name, key } = REGION
  assert.deepEqual(registered, { name, key, offset: '64', byte_size: '5000000000' })
  assert.deepEqual(unregistered, { name })
  const parameters = [
    { key: 'shared_memory_region', value: { string_param: 'a b/1' } },
    { key: 'shared_memory_offset', value: { int64_param: '64' } },
    { key: 'shared_memory_byte_size', value: { int64_param: '12' } },
  ]
  assert.deepEqual(inferred.inputs[0].parameters, parameters)
  assert.deepEqual(inferred.outputs, [{ name: 'y', parameters }])
  // The raw contents belong to the input whose bytes travel with the message.
  assert.deepEqual(
    inferred.raw_input_contents.map((raw: Buffer) => [...raw]),
    [[...tensorOf('INT8').data]],
  )
})
