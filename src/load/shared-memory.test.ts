import assert from 'node:assert/strict'
import fs, { existsSync, readdirSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError, WorkError } from '../errors.js'
import {
  type InferenceClient,
  type InferRequest,
  type Parameters,
  type Reply,
  ServerError,
  type SharedMemoryRegion,
} from './client/client.js'
import { SharedMemory } from './shared-memory.js'

/** A server that only knows what the client tells it, and answers when the test says so. */
class Server {
  readonly regions = new Map<string, { region: SharedMemoryRegion; bytes: Buffer }>()
  readonly open: { request: InferRequest; answer: (reply: Reply) => void }[] = []
  extensions = ['system_shared_memory']
  /** The timeout of the first request of a model, µs. */
  firstUs: unknown
  /** Registering fails from this call on. */
  refuses = Number.POSITIVE_INFINITY

  /** The part of a client that {@link SharedMemory} uses. */
  readonly client = {
    serverMetadata: async () => ({ name: 's', version: '1', extensions: this.extensions }),
    infer: async ({ model, parameters }: InferRequest) => {
      this.firstUs = parameters?.timeout
      const outputs = [
        { name: 'y', datatype: 'UINT8', shape: [100], data: new Uint8Array(100) },
        { name: 'z', datatype: 'UINT8', shape: [7], data: new Uint8Array(7) },
      ]
      return { model, version: '1', id: '', parameters: {}, outputs }
    },
    prepare: (request: InferRequest) => (left: () => void) => {
      left()
      return new Promise<Reply>((answer) => this.open.push({ request, answer }))
    },
    registerSharedMemory: async (region: SharedMemoryRegion) => {
      if (this.regions.size >= this.refuses) throw new ServerError(400, 'HTTP 400 no such key')
      this.regions.set(region.name, { region, bytes: readFileSync(`/dev/shm${region.key}`) })
    },
    unregisterSharedMemory: async (name: string) => {
      this.regions.delete(name)
    },
  } as unknown as InferenceClient

  /** The bytes at the place that the parameters name. */
  at({ shared_memory_region, shared_memory_offset, ...rest }: Parameters): Buffer {
    const { bytes } = this.regions.get(shared_memory_region as string)!
    const offset = shared_memory_offset as number
    const part = bytes.subarray(offset, offset + (rest.shared_memory_byte_size as number))
    assert.equal(part.length, rest.shared_memory_byte_size, 'a place lies in its region')
    return part
  }
}

function requestsOf(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    model: 'm',
    parameters: { priority: 1 },
    inputs: [30, 64, 1].map((size, j) => ({
      name: `x${j}`,
      datatype: 'UINT8' as const,
      shape: [size],
      data: new Uint8Array(size).fill(10 * i + j),
    })),
  }))
}

function leftBehind(): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith(`eclip-load-${process.pid}-`))
}

const settled = () => new Promise(setImmediate)

test('inputs lie in shared memory unchanged, and the memory loses its name once the server knows it', async () => {
  const server = new Server()
  const memory = await SharedMemory.of(server.client, 'http://here')
  const requests = requestsOf(3)
  const calls = await memory.prepare(requests)
  assert.equal(server.firstUs, 30e6)
  for (const { region } of server.regions.values()) assert.ok(!existsSync(`/dev/shm${region.key}`))
  for (const [i, call] of calls.entries()) {
    void call(() => {})
    await settled()
    const { model, parameters, inputs } = server.open[i].request
    assert.deepEqual([model, parameters], ['m', { priority: 1 }])
    for (const [j, input] of inputs.entries()) {
      const { data, ...rest } = requests[i].inputs[j]
      assert.deepEqual(input, { ...rest, parameters: input.parameters })
      assert.deepEqual([...server.at(input.parameters!)], [...data])
    }
  }
  await memory.release()
  assert.equal(server.regions.size, 0)
})

test('no two open requests share a byte for their outputs', async () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(), fc.constantFrom('answered', 'failed')), {
    minLength: 1,
    maxLength: 200,
  })
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const server = new Server()
      const memory = await SharedMemory.of(server.client, 'http://here')
      const calls = await memory.prepare(requestsOf(2))
      const { open } = server
      for (const [isCall, which, ending] of sequence) {
        if (isCall || open.length === 0) void calls[which % calls.length](() => {})
        else open.splice(which % open.length, 1)[0].answer({ ending, reason: '' } as Reply)
        await settled()
        const places = open.flatMap(({ request }) =>
          request.outputs!.map(({ parameters }) => server.at(parameters!)),
        )
        places.sort((a, b) => a.byteOffset - b.byteOffset)
        for (const [i, { byteOffset, length }] of places.entries()) {
          const next = places[i + 1]
          assert.ok(next === undefined || byteOffset + length <= next.byteOffset)
        }
      }
    }),
    { numRuns: 30 },
  )
})

test('requests without room wait for it, and none is sent after the end', async () => {
  const server = new Server()
  const memory = await SharedMemory.of(server.client, 'http://here')
  const [call] = await memory.prepare(requestsOf(1))
  const replies = Array.from({ length: 1026 }, () => call(() => {}))
  await settled()
  assert.equal(server.open.length, 1024)
  server.open[7].answer({ ending: 'failed', reason: 'late' })
  await settled()
  assert.equal(server.open.length, 1025)
  assert.deepEqual(server.open[1024].request.outputs, server.open[7].request.outputs)
  await memory.release()
  server.open[0].answer({ ending: 'failed', reason: 'closed' })
  assert.deepEqual(await replies[1025], { ending: 'failed', reason: 'closed' })
  assert.equal(server.open.length, 1025)
})

test('room of an answered request is used next, and that of a failed one when no other is left', async () => {
  const server = new Server()
  const memory = await SharedMemory.of(server.client, 'http://here')
  const [call] = await memory.prepare(requestsOf(1))
  const asked = async () => {
    void call(() => {})
    await settled()
    return server.open.at(-1)!
  }
  const first = await asked()
  first.answer({ ending: 'answered' } as Reply)
  await settled()
  const second = await asked()
  // It is the same object: a request with its room is put together once.
  assert.equal(second.request, first.request)
  second.answer({ ending: 'failed', reason: 'late' })
  await settled()
  const others = new Set<InferRequest>()
  for (let i = 1; i < 1024; i++) others.add((await asked()).request)
  assert.deepEqual([others.size, others.has(first.request)], [1023, false])
  assert.equal((await asked()).request, first.request)
})

test('rooms take an eighth of the free memory, and one is there in any case', async (t) => {
  const outputBytes = 107
  for (const [freeBytes, rooms] of [
    [8 * 4 * outputBytes, 4],
    [8 * 4 * outputBytes - 4, 3],
    [0, 1],
  ]) {
    t.mock.method(fs, 'statfsSync', () => ({ bavail: freeBytes / 4, bsize: 4 }))
    syncBuiltinESMExports()
    const server = new Server()
    const memory = await SharedMemory.of(server.client, 'http://here')
    const [call] = await memory.prepare(requestsOf(1))
    for (let i = 0; i < 9; i++) void call(() => {})
    await settled()
    assert.equal(server.open.length, rooms)
  }
  t.mock.restoreAll()
  syncBuiltinESMExports()
})

test('a server that cannot use the memory gets one line that says so, and nothing is left behind', async () => {
  const without = new Server()
  without.extensions = ['statistics']
  await assert.rejects(SharedMemory.of(without.client, 'http://here'), (error: Error) => {
    assert.match(
      error.message,
      /^--shared-memory: expected a server with the extension system_shared_memory, found statistics$/,
    )
    return error instanceof InputError
  })
  for (const refuses of [0, 1]) {
    const server = new Server()
    server.refuses = refuses
    const memory = await SharedMemory.of(server.client, 'http://there')
    await assert.rejects(memory.prepare(requestsOf(1)), (error: Error) => {
      assert.match(
        error.message,
        /^http:\/\/there cannot use shared memory of this machine \(.*\): HTTP 400 no such key$/,
      )
      return error instanceof WorkError
    })
    await memory.release()
    assert.equal(server.regions.size, 0)
  }
  assert.deepEqual(leftBehind(), [])
})
