import type { FilePart } from '../../torch/protocol.js'
import type { SlotMemory } from '../../torch/slot-memory.js'
import type { InferRequest, TensorSignature } from '../backend/backend.js'
import { Refusal } from '../refusal.js'
import { RegionPart } from '../tensors/shared-memory.js'
import type { OutputTensor } from '../tensors/tensors.js'

const NOTHING = new Uint8Array()

/** A part of a client's shared memory that the worker reads or writes. */
interface Move {
  readonly request: number
  readonly region: RegionPart
  readonly file: FilePart
}

/** Where the rows of one request lie in an output of the slot. */
interface Rows {
  readonly request: number
  readonly output: number
  readonly rows: number
  readonly offset: number
  readonly bytes: number
}

/**
 * The tensors of one launch: those of its requests, one after another in the rows of a batch. Tensors in the shared
 * memory of clients are moved by the worker, which has nothing else to do at that time.
 */
export class LaunchTensors {
  readonly #memory: SlotMemory
  readonly #outputs: readonly TensorSignature[]
  readonly #requests: readonly InferRequest[]
  readonly #leastMovedBytes: number
  readonly #moves: Move[] = []
  /** By request, why this one has no outputs although the launch succeeded. */
  readonly #refusals = new Map<number, Refusal>()

  /**
   * Writes the inputs that the worker does not move.
   * @param leastMovedBytes the worker moves a request's part of a tensor if it has at least this many bytes
   * @throws WorkError if the memory of the slot is gone
   */
  constructor(
    memory: SlotMemory,
    outputs: readonly TensorSignature[],
    requests: readonly InferRequest[],
    leastMovedBytes: number,
  ) {
    this.#memory = memory
    this.#outputs = outputs
    this.#requests = requests
    this.#leastMovedBytes = leastMovedBytes
    for (const input of memory.slot.inputs.keys()) this.#write(input)
    for (const { request, output, offset, bytes } of this.#rows()) {
      const room = requests[request].rooms?.[output]
      const isMoved = room !== undefined && bytes >= leastMovedBytes && bytes <= room.byteLength
      // A refused request left the inputs of an earlier launch in its rows, so its outputs belong to somebody else.
      if (isMoved && !this.#refusals.has(request))
        this.#move(request, room, { output, offset, bytes })
    }
  }

  /** What the worker is asked to move. */
  get files(): FilePart[] {
    return this.#moves.map(({ file }) => file)
  }

  /**
   * The outputs of each request, or why it has none.
   * @param missed indices of the `files` that the worker could not move completely
   */
  read(missed: readonly number[]): (OutputTensor[] | Refusal)[] {
    for (const index of missed) {
      const { request, region, file } = this.#moves[index]
      if (file.input !== undefined) this.#refusals.set(request, region.cutShort())
    }
    // An output that could not be placed is read like the others. Whoever delivers it finds out why.
    const placed = this.#moves.filter(
      ({ file }, index) => file.output !== undefined && !missed.includes(index),
    )
    const results: OutputTensor[][] = this.#requests.map(() => [])
    for (const { request, output, rows, offset, bytes } of this.#rows()) {
      const { name, datatype, shape } = this.#outputs[output]
      const header = { name, datatype, shape: [rows, ...shape.slice(1)] }
      const [next] = placed
      if (next?.request === request && next.file.output === output) {
        placed.shift()
        results[request].push({ ...header, data: NOTHING, placedBytes: bytes })
      } else {
        const data = this.#memory.readOutput(output, bytes, offset)
        results[request].push({ ...header, data })
      }
    }
    return results.map((outputs, request) => this.#refusals.get(request) ?? outputs)
  }

  #write(input: number): void {
    let offset = 0
    for (const [request, { inputs }] of this.#requests.entries()) {
      const source = inputs[input].bytes
      const bytes = source.byteLength
      if (source instanceof RegionPart && bytes >= this.#leastMovedBytes)
        this.#move(request, source, { input, offset, bytes })
      else this.#onlyFor(request, () => source.copyTo(this.#memory.input(input, bytes, offset)))
      offset += bytes
    }
  }

  /** If one client has cut its memory short, the requests of the others must not be refused for it. */
  #onlyFor(request: number, copy: () => void): void {
    try {
      copy()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#refusals.set(request, error)
    }
  }

  #move(request: number, region: RegionPart, part: Omit<FilePart, 'file' | 'position'>): void {
    const file = { file: region.descriptor, position: region.position, ...part }
    this.#moves.push({ request, region, file })
  }

  /** The rows of each request in each output, always in the same order. */
  *#rows(): Generator<Rows> {
    let row = 0
    for (const [request, { rows }] of this.#requests.entries()) {
      for (const [output, { bytes, shape }] of this.#memory.slot.outputs.entries()) {
        const rowBytes = bytes / shape[0]
        yield { request, output, rows, offset: row * rowBytes, bytes: rows * rowBytes }
      }
      row += rows
    }
  }
}
