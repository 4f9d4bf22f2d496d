import type { EventPool } from '../event-pool.js'
import type { KernelHandles } from '../kernel-handles.js'
import { packArguments } from '../launch-arguments.js'
import { addressOf, outPointer, type Pointer, pointerArray } from '../native.js'
import type { Chain, ChainStep, Completion } from '../partitioned-device.js'
import type { CudaDriver } from './driver.js'
import type { CudaStream } from './stream.js'

/** CUDA_KERNEL_NODE_PARAMS_v2. */
const NODE_BYTES = 72
const OFFSET = { grid: 8, block: 20, arguments: 40, kernel: 56, context: 64 } as const
const NON_BLOCKING = 1

/** A chain as one CUDA graph, in which every kernel node runs in its stream's green context. */
export class CudaGraphChain implements Chain {
  readonly #driver: CudaDriver
  readonly #events: EventPool
  readonly #graph: Pointer
  readonly #executable: Pointer
  readonly #stream: Pointer

  constructor(
    driver: CudaDriver,
    kernels: KernelHandles,
    events: EventPool,
    steps: readonly ChainStep[],
  ) {
    this.#driver = driver
    this.#events = events
    this.#graph = outPointer((cell) => {
      driver.cuGraphCreate(cell, 0)
    })
    let previous: Pointer[] = []
    for (const step of steps) {
      const node = outPointer((cell) => {
        const parameters = nodeParameters(kernels, step)
        const after = pointerArray(previous)
        driver.cuGraphAddKernelNode_v2(cell, this.#graph, after, previous.length, parameters)
      })
      previous = [node]
    }
    this.#executable = outPointer((cell) => {
      driver.cuGraphInstantiateWithFlags(cell, this.#graph, 0)
    })
    this.#stream = outPointer((cell) => {
      driver.cuStreamCreate(cell, NON_BLOCKING)
    })
  }

  submit(): Completion {
    this.#driver.cuGraphLaunch(this.#executable, this.#stream)
    return this.#events.record(this.#stream)
  }

  close(): void {
    this.#driver.cuStreamSynchronize(this.#stream)
    this.#driver.cuStreamDestroy_v2(this.#stream)
    this.#driver.cuGraphExecDestroy(this.#executable)
    this.#driver.cuGraphDestroy(this.#graph)
  }
}

/** The driver copies the argument values when the node is added. */
function nodeParameters(kernels: KernelHandles, { stream, launch }: ChainStep): Buffer {
  const parameters = Buffer.alloc(NODE_BYTES)
  writeExtent(parameters, OFFSET.grid, launch.groups)
  writeExtent(parameters, OFFSET.block, launch.groupSize)
  parameters.writeBigUInt64LE(addressOf(packArguments(launch).pointers), OFFSET.arguments)
  parameters.writeBigUInt64LE(kernels.handle(launch.kernel), OFFSET.kernel)
  parameters.writeBigUInt64LE((stream as CudaStream).home.context, OFFSET.context)
  return parameters
}

function writeExtent(parameters: Buffer, offset: number, x: number): void {
  parameters.writeUInt32LE(x, offset)
  parameters.writeUInt32LE(1, offset + 4)
  parameters.writeUInt32LE(1, offset + 8)
}
