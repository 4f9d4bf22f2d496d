// What the server costs beside bare servers that read and answer the same bytes, in one run.
// npm run build && node bench/serve.mjs [seconds per case]
import { fork } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startServer } from '../dist/serve/server.js'
import { SimulatedBackend } from '../dist/serve/simulated-backend.js'

const CONNECTIONS = 16
const ROUNDS = 6
const SMALL = 4 * 1024
/** An image of 3 x 224 x 224 in single precision. */
const LARGE = 3 * 224 * 224 * 4

/** Asks for every output as bytes. */
const AS_BINARY = { parameters: { binary_data_output: true } }

/** A model of so many bytes in and 4000 out that takes no time. */
function model(name, inputBytes) {
  return {
    metadata: {
      name,
      platform: 'eclip-sim',
      largestBatch: 8,
      inputs: [{ name: 'IN', datatype: 'FP32', shape: [-1, inputBytes / 4] }],
      outputs: [{ name: 'OUT', datatype: 'FP32', shape: [-1, 1000] }],
    },
    latencyUs: () => 0,
  }
}

/** The servers, each in a process of its own. */
const SERVERS = {
  async eclip() {
    const { httpUrl } = await startServer({
      backend: new SimulatedBackend([model('small', SMALL), model('large', LARGE)]),
      name: 'eclip',
      version: '0',
      host: '127.0.0.1',
      httpPort: 0,
      log: console.error,
    })
    return Number(new URL(httpUrl).port)
  },
  /** Reads a body and answers as many bytes, with as many of head, as eclip does. */
  async bare() {
    const body = Buffer.alloc(4000 + 150)
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
    return server.address().port
  },
}

if (process.argv[2] === '--serve') {
  const port = await SERVERS[process.argv[3]]()
  process.on('message', () => process.send({ cpuUs: cpuUs() }))
  process.on('disconnect', () => process.exit())
  process.send({ port })
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
  return next().then(({ port }) => ({ name, port, cpu, end: () => child.disconnect() }))
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

/** Asks over and over on every connection; what came back in the time, per second. */
async function rate(port, bytes, seconds) {
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

/** Answers of one connection are all of one length, which the first says. */
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
    await fetch(`http://127.0.0.1:${eclip.port}/v2/systemsharedmemory/region/r/register`, {
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
      ['HTTP 4 KB', binaryRequest('small', SMALL), 'at least 50%'],
      ['HTTP 602 KB', binaryRequest('large', LARGE), 'at least 50%'],
      ['HTTP, 602 KB in shared memory', shared, ''],
    ]
    console.log(
      'case                             eclip/s    bare/s   of bare   µs of CPU: eclip   bare',
    )
    const rates = {}
    for (const [name, bytes, limit] of cases) {
      const ours = await measure([eclip, bare], bytes, seconds)
      rates[name] = ours[0].perS
      const ratio = ours[0].perS / ours[1].perS
      console.log(
        `${name.padEnd(31)} ${ours[0].perS.toFixed(0).padStart(8)} ${ours[1].perS.toFixed(0).padStart(9)} ${(100 * ratio).toFixed(0).padStart(8)}%  ${ours[0].cpuUs.toFixed(0).padStart(17)} ${ours[1].cpuUs.toFixed(0).padStart(6)}  ${limit}`,
      )
    }
    const gain = rates['HTTP, 602 KB in shared memory'] / rates['HTTP 602 KB']
    console.log(`shared memory is ${gain.toFixed(1)} times as fast as sending 602 KB (at least 5)`)
  } finally {
    rmSync(`/dev/shm/${key}`)
    eclip.end()
    bare.end()
  }
}

/** Rates and CPU per request of servers that take turns, so that a busy machine is fair to all. */
async function measure(servers, bytes, seconds) {
  const results = servers.map(() => ({ answered: 0, cpuUs: 0, rates: [] }))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, server] of servers.entries()) {
      const before = await server.cpu()
      const { answered, perS } = await rate(server.port, bytes, seconds / ROUNDS / servers.length)
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
