import { WorkError } from '../../errors.js'
import type { Loaded, Slot } from '../../torch/protocol.js'
import { SlotMemory } from '../../torch/slot-memory.js'
import type { InferRequest, TensorSignature } from '../backend/backend.js'
import { inputName, outputName } from '../tensors/signatures.js'
import { datatypeOf } from './datatypes.js'
import { LaunchTensors } from './launch-tensors.js'

/** An instance in a worker process: the shared memory of each of its batch sizes. */
export class Seat {
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
  /** Of the device, that the instance takes. */
  readonly memoryBytes: number
  readonly #memories: ReadonlyMap<number, SlotMemory>

  /** @throws WorkError if a tensor has a type the protocol does not know, or no batch dimension */
  constructor({ batches, memoryBytes = 0 }: Loaded) {
    this.memoryBytes = memoryBytes
    const [{ batch, slots }] = batches
    this.inputs = slots[0].inputs.map((tensor, i) => signature(tensor, inputName(i), batch))
    this.outputs = slots[0].outputs.map((tensor, i) => signature(tensor, outputName(i), batch))
    this.#memories = new Map(batches.map((one) => [one.batch, new SlotMemory(one.slots[0])]))
  }

  /**
   * The tensors of requests that are launched as one batch, their inputs written.
   * @param leastMovedBytes of a request's part of a tensor in shared memory, that the worker moves
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
