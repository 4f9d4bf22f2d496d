/** Requests whose tensors stay in shared memory, by the protocol's system shared memory extension. */
import { randomUUID } from 'node:crypto'
import { rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { InputError, WorkError } from '../errors.js'
import { sum } from '../numbers.js'
import type { Call, InferenceClient, InferRequest, Parameters, Reply } from './client/client.js'

const FOLDER = '/dev/shm'
const EXTENSION = 'system_shared_memory'

/** Tensors begin at multiples of this, so that no two of them share a cache line. */
const ALIGNMENT = 64

/**
 * The most requests of a model under way: each has room of its own for its outputs. Further ones wait
 * for room as they would for a connection, which their lag shows.
 */
const MOST_ROOMS = 1024

/** How long the first answer of a model may take, µs, whatever its target: the server may be busy. */
const FIRST_ANSWER_US = 30e6

/** A model's rooms may take so much of the free memory, if a server were to use all of them. */
const SHARE_OF_FREE = 1 / 8

/**
 * Puts the tensors of requests into shared memory that the server knows. Objects have no name any more
 * once the server has opened them, so that none is left behind, however this process ends.
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
   * @param url for messages
   * @throws InputError if the server does not speak the extension
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
   * Calls of requests to one model, of the same shapes. Inputs are written once; outputs have room as
   * large as those of a first answer, which brings them in its body.
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

  /** The server forgets the memory, and nothing waits for room any longer. */
  async release(): Promise<void> {
    this.#isReleased = true
    for (const name of this.#registered.splice(0)) {
      // A server that is gone has forgotten it already.
      await this.#client.unregisterSharedMemory(name).catch(() => {})
    }
  }

  /** Names and sizes in bytes of what the server answers to a request. */
  async #outputsOf(request: InferRequest): Promise<{ name: string; bytes: number }[]> {
    const answer = this.#client.infer({ ...request, parameters: { timeout: FIRST_ANSWER_US } })
    const { outputs } = await answer.catch((error: Error) => {
      throw new WorkError(`the server does not answer ${request.model}: ${error.message}`)
    })
    return outputs.map(({ name, data }) => ({ name, bytes: data.length }))
  }

  /**
   * Registers a region of places of these sizes, in bytes.
   * @param contents what the places hold; without it, nothing yet
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

/** Bytes one behind the other, each filled up to the next place. */
function joined(contents: readonly Uint8Array[]): Buffer {
  const padding = Buffer.alloc(ALIGNMENT)
  return Buffer.concat(
    contents.flatMap((bytes) => [bytes, padding.subarray(0, -bytes.length & (ALIGNMENT - 1))]),
  )
}

/** How many requests can be under way whose outputs have these sizes. */
function roomCount(sizes: readonly number[]): number {
  const { bavail, bsize } = statfsSync(FOLDER)
  const bytes = Math.max(1, sum(sizes))
  const rooms = Math.floor((bavail * bsize * SHARE_OF_FREE) / bytes)
  return Math.min(MOST_ROOMS, Math.max(1, rooms))
}

/** Which rooms are free. The last to be left is the first to be taken, since its memory is there. */
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
    // The server may still write there if it was not the one that ended the request.
    else if (ending === 'failed') this.#free.unshift(room)
    else this.#free.push(room)
  }
}
