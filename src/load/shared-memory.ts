/** Requests whose tensors stay in shared memory, through the protocol's system shared memory extension. */
import { randomUUID } from 'node:crypto'
import { rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { InputError, WorkError } from '../errors.js'
import { sum } from '../numbers.js'
import type { Call, InferenceClient, InferRequest, Parameters, Reply } from './client/client.js'

const FOLDER = '/dev/shm'
const EXTENSION = 'system_shared_memory'

/** Tensors start at multiples of this, so that no two of them share a cache line. */
const ALIGNMENT = 64

/**
 * The most requests of a model under way, each of which has its own room for outputs. Further
 * requests wait for room as they would wait for a connection, which shows in their lag.
 */
const MOST_ROOMS = 1024

/** How long the first answer of a model may take, in µs, whatever its target, because the server may be busy. */
const FIRST_ANSWER_US = 30e6

/** Share of the free memory that a model's rooms may take, if a server were to use all of them. */
const SHARE_OF_FREE = 1 / 8

/**
 * Puts the tensors of requests into shared memory that the server knows. Objects lose their names as
 * soon as the server has opened them, so none is left behind, however this process ends.
 */
export class SharedMemory {
  readonly #client: InferenceClient
  readonly #url: string
  readonly #registered: string[] = []
  #isReleased = false

  private constructor(client: InferenceClient, url: string) {
    this.#client = client
    this.#url = url
  }

  /**
   * @param url the server's URL, for messages
   * @throws InputError if the server does not support the extension
   * @throws WorkError if it does not answer
   */
  static async of(client: InferenceClient, url: string): Promise<SharedMemory> {
    const { extensions } = await client.serverMetadata().catch((error: Error) => {
      throw new WorkError(`${url} does not say what it can do: ${error.message}`)
    })
    if (extensions.includes(EXTENSION)) return new SharedMemory(client, url)
    const expected = `a server with the extension ${EXTENSION}`
    const found = extensions.join(', ') || 'none'
    throw new InputError({ file: '--shared-memory', expected, found })
  }

  /**
   * Calls for requests to one model with equal shapes. Inputs are written once. Outputs get as much
   * room as they have in a first answer, which carries them in its body.
   * @throws WorkError if the server does not answer, or cannot use the memory
   */
  async prepare(requests: readonly InferRequest[]): Promise<Call[]> {
    const tensors = requests.flatMap(({ inputs }) => inputs.map(({ data }) => data!))
    const places = await this.#share(
      tensors.map(({ length }) => length),
      tensors,
    )
    const stored = requests.map((request) => ({
      ...request,
      inputs: request.inputs.map(({ name, datatype, shape }) => ({
        name,
        datatype,
        shape,
        parameters: places.shift()!,
      })),
    }))
    const outputs = await this.#outputsOf(stored[0])
    const sizes = outputs.map(({ bytes }) => bytes)
    const rooms = Array.from({ length: roomCount(sizes) }, () => sizes)
    const parts = await this.#share(rooms.flat())
    const wanted = rooms.map(() =>
      outputs.map(({ name }) => ({ name, parameters: parts.shift()! })),
    )
    const free = new FreeRooms(rooms.length)
    return stored.map((request) => {
      const calls: Call[] = []
      return async (left) => {
        const room = await free.take()
        if (this.#isReleased) return { ending: 'failed', reason: 'closed' }
        calls[room] ??= this.#client.prepare({ ...request, outputs: wanted[room] })
        const reply = await calls[room](left)
        free.give(room, reply)
        return reply
      }
    })
  }

  /** Makes the server forget the memory and ends all waiting for room. */
  async release(): Promise<void> {
    this.#isReleased = true
    for (const name of this.#registered.splice(0)) {
      // A server that is gone has forgotten it already.
      await this.#client.unregisterSharedMemory(name).catch(() => {})
    }
  }

  /** Names and sizes in bytes of the outputs in the server's answer to a request. */
  async #outputsOf(request: InferRequest): Promise<{ name: string; bytes: number }[]> {
    const answer = this.#client.infer({ ...request, parameters: { timeout: FIRST_ANSWER_US } })
    const { outputs } = await answer.catch((error: Error) => {
      throw new WorkError(`the server does not answer ${request.model}: ${error.message}`)
    })
    return outputs.map(({ name, data }) => ({ name, bytes: data.length }))
  }

  /**
   * Registers a region with places of these sizes, in bytes.
   * @param contents initial contents of the places. If absent, they are empty
   * @returns the parameters that name each place
   */
  async #share(
    sizes: readonly number[],
    contents: readonly Uint8Array[] = [],
  ): Promise<Parameters[]> {
    const name = `eclip-load-${process.pid}-${randomUUID()}`
    const file = `${FOLDER}/${name}`
    let byteSize = 0
    const places = sizes.map((size) => {
      const offset = byteSize
      byteSize += Math.ceil(size / ALIGNMENT) * ALIGNMENT
      return {
        shared_memory_region: name,
        shared_memory_offset: offset,
        shared_memory_byte_size: size,
      }
    })
    try {
      writeFileSync(file, joined(contents), { flag: 'wx', mode: 0o600 })
      truncateSync(file, byteSize)
      this.#registered.push(name)
      await this.#client.registerSharedMemory({ name, key: `/${name}`, offset: 0, byteSize })
    } catch (error) {
      const { message } = error as Error
      throw new WorkError(
        `${this.#url} cannot use shared memory of this machine (it must run here, with the same ${FOLDER}, as the same user or root): ${message}`,
      )
    } finally {
      rmSync(file, { force: true })
    }
    return places
  }
}

/** Concatenates byte arrays, each padded up to the next place. */
function joined(contents: readonly Uint8Array[]): Buffer {
  const padding = Buffer.alloc(ALIGNMENT)
  return Buffer.concat(
    contents.flatMap((bytes) => [bytes, padding.subarray(0, -bytes.length & (ALIGNMENT - 1))]),
  )
}

/** How many requests with outputs of these sizes can be under way. */
function roomCount(sizes: readonly number[]): number {
  const { bavail, bsize } = statfsSync(FOLDER)
  const bytes = Math.max(1, sum(sizes))
  const rooms = Math.floor((bavail * bsize * SHARE_OF_FREE) / bytes)
  return Math.min(MOST_ROOMS, Math.max(1, rooms))
}

/** The free rooms. The one released last is taken first, because its memory is already allocated. */
class FreeRooms {
  readonly #free: number[]
  readonly #waiting: ((room: number) => void)[] = []

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, i) => i)
  }

  async take(): Promise<number> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve))
  }

  give(room: number, { ending }: Reply): void {
    const next = this.#waiting.shift()
    if (next !== undefined) next(room)
    // If the server was not the one that ended the request, it may still write there.
    else if (ending === 'failed') this.#free.unshift(room)
    else this.#free.push(room)
  }
}
