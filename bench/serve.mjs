// What the server costs compared with bare servers that read and answer the same bytes, in one run.
// npm run build && node bench/serve.mjs [seconds per case]
import { fork } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { PlanBackend } from '../dist/serve/backend/plan-backend.js'
import { SimulatedDevice } from '../dist/serve/backend/simulated-device.js'
import { ModelInferRequestSchema } from '../dist/serve/grpc/inference_pb.js'
import { encodeMessage } from '../dist/serve/grpc/messages.js'
import { startServer } from '../dist/serve/server.js'

const CONNECTIONS = 16
const ROUNDS = 6
const WARM_UP_S = 4
const SMALL = 4 * 1024
/** An image of 3 x 224 x 224 in single precision. */
const LARGE = 3 * 224 * 224 * 4

const INFER_PATH = '/inference.GRPCInferenceService/ModelInfer'

/** Asks for every output as bytes. */
const AS_BINARY = { parameters: { binary_data_output: true } }

/** A model that takes no time, with this many bytes in and 4000 bytes out. */
function model(name, inputBytes) {
  return {
    metadata: {
      name,
      platform: 'eclip-sim',
      largestBatch: 8,
      inputs: [{ name: 'IN', datatype: 'FP32', shape: [-1, inputBytes / 4] }],
      outputs: [{ name: 'OUT', datatype: 'FP32', shape: [-1, 1000] }],
    },
  }
}

/** A plan that serves models as requests come. */
function planOf(models) {
  return {
    mechanism: 'streams',
    concurrency: models.length,
    priority: 'none',
    models: models.map(({ metadata: { name } }) => ({
      name,
      model: name,
      samples: 1,
      batches: [1, 8],
      maxDelayMs: 0,
      targetMs: 1000,
      quantile: 0.99,
      priorityClass: 'normal',
      late: 'drop',
      instances: 1,
      share: 1,
      expectedMs: { 1: [0.001], 8: [0.001] },
    })),
    evidence: { policy: 'bench', parameters: {} },
  }
}

/** The servers, each in a process of its own. */
const SERVERS = {
  async eclip() {
    const models = [model('small', SMALL), model('large', LARGE)]
    const { httpUrl, grpcAddress } = await startServer({
      backend: new PlanBackend({
        plan: planOf(models),
        device: new SimulatedDevice(models, () => 0),
        levels: 1,
        mostHeld: 1024,
        view: { kind: 'sim', name: 'test', granuleCus: [] },
        nowUs: () => performance.now() * 1000,
      }),
      name: 'eclip',
      version: '0',
      host: '127.0.0.1',
      httpPort: 0,
      grpcPort: 0,
      log: () => {},
    })
    return { http: Number(new URL(httpUrl).port), grpc: Number(grpcAddress.split(':')[1]) }
  },
  /** Reads what it receives, and answers as many bytes as eclip does. */
  async bare() {
    const body = Buffer.alloc(4000 + 150)
    const grpc = new GrpcServer({ 'grpc.max_receive_message_length': -1 })
    const asTheyAre = (bytes) => bytes
    const call = {
      path: INFER_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: asTheyAre,
      requestDeserialize: asTheyAre,
      responseSerialize: asTheyAre,
      responseDeserialize: asTheyAre,
    }
    grpc.addService({ infer: call }, { infer: (_, reply) => reply(null, body) })
    const grpcPort = await new Promise((resolve, reject) =>
      grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    )
    const server = createServer((request, response) => {
      const pieces = []
      request.on('data', (piece) => pieces.push(piece))
      request.on('end', () => {
        response.writeHead(200, {
          'Content-Type': 'application/octet-stream',
          'Inference-Header-Content-Length': 150,
          'Content-Length': body.byteLength,
        })
        response.end(body)
      })
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { http: server.address().port, grpc: grpcPort }
  },
}

if (process.argv[2] === '--serve') {
  const ports = await SERVERS[process.argv[3]]()
  process.on('message', () => process.send({ cpuUs: cpuUs() }))
  process.on('disconnect', () => process.exit())
  process.send({ ports })
} else {
  await main(Number(process.argv[2] ?? 6))
}

function cpuUs() {
  const { user, system } = process.cpuUsage()
  return user + system
}

function start(name) {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', name])
  const next = () => new Promise((resolve) => child.once('message', resolve))
  const cpu = async () => {
    child.send('cpu')
    return (await next()).cpuUs
  }
  return next().then(({ ports }) => ({ ports, cpu, end: () => child.disconnect() }))
}

/** An inference request as bytes on the wire. */
function request(modelName, parameters, tail, outputs = {}) {
  const json = Buffer.from(
    JSON.stringify({
      ...outputs,
      inputs: [
        {
          name: 'IN',
          datatype: 'FP32',
          shape: [1, modelName === 'small' ? SMALL / 4 : LARGE / 4],
          parameters,
        },
      ],
    }),
  )
  const head = `POST /v2/models/${modelName}/infer HTTP/1.1\r\nHost: x\r\nInference-Header-Content-Length: ${json.byteLength}\r\nContent-Length: ${json.byteLength + tail.byteLength}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), json, tail])
}

function binaryRequest(name, size) {
  return request(name, { binary_data_size: size }, Buffer.alloc(size), AS_BINARY)
}

/** The same as one framed message of gRPC. */
function grpcRequest(modelName, size) {
  const message = encodeMessage(ModelInferRequestSchema, {
    modelName,
    inputs: [{ name: 'IN', datatype: 'FP32', shape: [1n, BigInt(size / 4)] }],
    rawInputContents: [Buffer.alloc(size)],
  })
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([head, message])
}

/** Sends requests one after another over gRPC, on the streams of a few connections. */
async function grpcRate({ grpc }, bytes, seconds) {
  let answered = 0
  const until = performance.now() + seconds * 1000
  const sessions = Array.from({ length: 4 }, () => connectHttp2(`http://127.0.0.1:${grpc}`))
  const headers = {
    ':method': 'POST',
    ':path': INFER_PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
  }
  const once = (session) =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers)
      stream.on('trailers', (trailers) => {
        if (trailers['grpc-status'] === '0') answered++
        else reject(new Error(trailers['grpc-message']))
      })
      stream.on('error', reject)
      stream.on('close', resolve)
      stream.resume()
      stream.end(bytes)
    })
  const ask = async (_, i) => {
    while (performance.now() < until) await once(sessions[i % sessions.length])
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, ask))
  const perS = (answered * 1000) / (performance.now() - startMs)
  for (const session of sessions) session.close()
  return { answered, perS }
}

/** Sends requests one after another on every connection. Returns the answers per second. */
async function httpRate({ http: port }, bytes, seconds) {
  let answered = 0
  const until = performance.now() + seconds * 1000
  const ask = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let size
      let received = 0
      socket.on('error', reject)
      socket.on('data', (piece) => {
        size ??= sizeOfAnswer(piece)
        received += piece.byteLength
        if (received < size) return
        received -= size
        answered++
        if (performance.now() < until) {
          socket.write(bytes)
          return
        }
        socket.destroy()
        resolve()
      })
      socket.write(bytes)
    })
  const startMs = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, ask))
  return { answered, perS: (answered * 1000) / (performance.now() - startMs) }
}

/** All answers on one connection have the same length, which the first one shows. */
function sizeOfAnswer(piece) {
  const text = piece.toString('latin1')
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(text)
  return text.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(text)[1])
}

async function main(seconds) {
  const eclip = await start('eclip')
  const bare = await start('bare')
  const key = `eclip-bench-${process.pid}`
  writeFileSync(`/dev/shm/${key}`, Buffer.alloc(LARGE + 4000))
  try {
    await fetch(`http://127.0.0.1:${eclip.ports.http}/v2/systemsharedmemory/region/r/register`, {
      method: 'POST',
      body: JSON.stringify({ key, byte_size: LARGE + 4000 }),
    })
    const part = (offset, size) => ({
      shared_memory_region: 'r',
      shared_memory_offset: offset,
      shared_memory_byte_size: size,
    })
    const shared = request('large', part(0, LARGE), Buffer.alloc(0), {
      outputs: [{ name: 'OUT', parameters: part(LARGE, 4000) }],
    })
    const cases = [
      ['HTTP 4 KB', httpRate, binaryRequest('small', SMALL), 'at least 50%'],
      ['HTTP 602 KB', httpRate, binaryRequest('large', LARGE), 'at least 50%'],
      ['HTTP, 602 KB in shared memory', httpRate, shared, ''],
      ['gRPC 4 KB', grpcRate, grpcRequest('small', SMALL), 'at least 70%'],
      ['gRPC 602 KB', grpcRate, grpcRequest('large', LARGE), 'at least 70%'],
    ]
    console.log(
      'case                             eclip/s    bare/s   of bare   µs of CPU: eclip   bare',
    )
    const measured = {}
    for (const [name, rate, bytes, limit] of cases) {
      const ours = await measure([eclip, bare], rate, bytes, seconds)
      measured[name] = ours[0]
      const ratio = ours[0].perS / ours[1].perS
      console.log(
        `${name.padEnd(31)} ${ours[0].perS.toFixed(0).padStart(8)} ${ours[1].perS.toFixed(0).padStart(9)} ${(100 * ratio).toFixed(0).padStart(8)}%  ${ours[0].cpuUs.toFixed(0).padStart(17)} ${ours[1].cpuUs.toFixed(0).padStart(6)}  ${limit}`,
      )
    }
    const [shared602, sent602] = [
      measured['HTTP, 602 KB in shared memory'],
      measured['HTTP 602 KB'],
    ]
    const gain = shared602.perS / sent602.perS
    // One thread serves everything, so this is the rate that it would reach with clients that cost nothing.
    const ownGain = sent602.cpuUs / shared602.cpuUs
    console.log(
      `shared memory is ${gain.toFixed(1)} times as fast as sending 602 KB (at least 5); of the server's processor time, a request takes 1/${ownGain.toFixed(1)}`,
    )
  } finally {
    rmSync(`/dev/shm/${key}`)
    eclip.end()
    bare.end()
  }
}

/**
 * The rate and the CPU time per request of each server. The servers take turns, so
 * that a busy machine is fair to all.
 */
async function measure(servers, rate, bytes, seconds) {
  const results = servers.map(() => ({ answered: 0, cpuUs: 0, rates: [] }))
  // Code that has not been compiled yet says nothing about a server.
  for (const { ports } of servers) await rate(ports, bytes, WARM_UP_S)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, server] of servers.entries()) {
      const before = await server.cpu()
      const { answered, perS } = await rate(server.ports, bytes, seconds / ROUNDS / servers.length)
      results[i].cpuUs += (await server.cpu()) - before
      results[i].answered += answered
      results[i].rates.push(perS)
    }
  }
  return results.map(({ answered, cpuUs, rates }) => ({
    perS: rates.sort((a, b) => a - b)[ROUNDS >> 1],
    cpuUs: cpuUs / answered,
  }))
}
