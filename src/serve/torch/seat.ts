import { WorkError } from '../../errors.js'
import type { Loaded, Slot } from '../../torch/protocol.js'
import { SlotMemory } from '../../torch/slot-memory.js'
import type { InferRequest, TensorSignature } from '../backend/backend.js'
import { inputName, outputName } from '../tensors/signatures.js'
import { datatypeOf } from './datatypes.js'
import { LaunchTensors } from './launch-tensors.js'

/** An instance in a worker process, with the shared memory of each of its batch sizes. */
export class Seat {
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
  /** The device memory that the instance takes. */
  readonly memoryBytes: number
  readonly #memories: ReadonlyMap<number, SlotMemory>

  /** @throws WorkError if a tensor has no batch dimension, or a type that the protocol does not have */
  constructor({ batches, memoryBytes = 0 }: Loaded) {
    this.memoryBytes = memoryBytes
    const [{ batch, slots }] = batches
    this.inputs = slots[0].inputs.map((tensor, i) => signature(tensor, inputName(i), batch))
    this.outputs = slots[0].outputs.map((tensor, i) => signature(tensor, outputName(i), batch))
    this.#memories = new Map(batches.map((one) => [one.batch, new SlotMemory(one.slots[0])]))
  }

  /**
   * Prepares the tensors of requests that are launched as one batch, and writes their inputs.
   * @param leastMovedBytes the worker moves a request's part of a tensor in shared memory
   *   if it has at least this many bytes
   */
  take(batch: number, requests: readonly InferRequest[], leastMovedBytes: number): LaunchTensors {
    return new LaunchTensors(this.#memories.get(batch)!, this.outputs, requests, leastMovedBytes)
  }

  close(): void {
    for (const memory of this.#memories.values()) memory.close()
  }
}

function signature(
  { dtype, shape }: Slot['inputs'][number],
  name: string,
  batch: number,
): TensorSignature {
  const datatype = datatypeOf(dtype)
  if (datatype === undefined) throw new WorkError(`${name}: ${dtype} cannot be served`)
  if (shape[0] !== batch) throw new WorkError(`${name}: its first dimension is no batch`)
  return { name, datatype, shape: [-1, ...shape.slice(1)] }
}
