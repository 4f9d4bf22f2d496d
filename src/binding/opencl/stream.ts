import type { Partition } from '../../device/partition.js'
import { WorkError } from '../../errors.js'
import { KernelHandles } from '../kernel-handles.js'
import { outPointer, type Pointer, pointerArray } from '../native.js'
import type { Completion, Launch, MaskedStream } from '../partitioned-device.js'
import { type OpenClApi, openClStatus } from './api.js'
import type { OpenClBuffer } from './buffer.js'

const EVENT_STATUS = 0x11d3
const COMPLETE = 0

/** An event, which counts as reached when its execution status is CL_COMPLETE. */
export class OpenClCompletion implements Completion {
  readonly event: Pointer
  readonly #api: OpenClApi

  constructor(api: OpenClApi, event: Pointer) {
    this.#api = api
    this.event = event
  }

  isDone(): boolean {
    const value = Buffer.alloc(4)
    this.#api.clGetEventInfo(this.event, EVENT_STATUS, 4, value, null)
    const status = value.readInt32LE()
    if (status < 0) throw new WorkError(`a kernel failed with ${openClStatus(status)}`)
    return status === COMPLETE
  }

  release(): void {
    this.#api.clReleaseEvent(this.event)
  }
}

/** An in-order command queue of a sub-device. */
export class OpenClStream implements MaskedStream {
  readonly partition: Partition
  readonly #api: OpenClApi
  readonly #queue: Pointer
  readonly close: () => void
  /** Each stream has its own kernel objects, because an object stores the arguments of its next launch. */
  readonly #kernels: KernelHandles

  /** @param giveBack returns the stream when its pool is closed */
  constructor(
    api: OpenClApi,
    program: Pointer,
    partition: Partition,
    queue: Pointer,
    giveBack: () => void,
  ) {
    this.#api = api
    this.#kernels = new KernelHandles((name) => api.clCreateKernel(program, name))
    this.partition = partition
    this.#queue = queue
    this.close = giveBack
  }

  launch({ kernel: name, groups, groupSize, args }: Launch): void {
    const kernel = this.#kernels.handle(name)
    args.forEach((argument, i) => {
      const value = argumentBytes(argument)
      this.#api.clSetKernelArg(kernel, i, value.byteLength, value)
    })
    const [threads, group] = [groups * groupSize, groupSize].map((n) => pointerArray([BigInt(n)]))
    this.#api.clEnqueueNDRangeKernel(this.#queue, kernel, 1, null, threads, group, 0, null, null)
  }

  record(): OpenClCompletion {
    const event = outPointer((cell) => {
      this.#api.clEnqueueMarkerWithWaitList(this.#queue, 0, null, cell)
    })
    this.#api.clFlush(this.#queue)
    return new OpenClCompletion(this.#api, event)
  }

  wait(completion: Completion): void {
    const { event } = completion as OpenClCompletion
    this.#api.clEnqueueBarrierWithWaitList(this.#queue, 1, pointerArray([event]), null)
  }

  synchronize(): void {
    this.#api.clFinish(this.#queue)
  }
}

function argumentBytes(argument: Launch['args'][number]): Buffer {
  if (typeof argument !== 'number') return pointerArray([(argument as OpenClBuffer).handle])
  const value = Buffer.alloc(4)
  value.writeUInt32LE(argument)
  return value
}
