import { getOrMake } from '../maps.js'
import { addressOf, type Pointer, pointerArray } from './native.js'
import type { DeviceBuffer, Launch } from './partitioned-device.js'

/** A buffer that kernels receive by address. */
export interface AddressedBuffer extends DeviceBuffer {
  readonly address: Pointer
}

/** Kernel arguments in the form that the drivers of CUDA and HIP take: an array of pointers to the values. */
export interface PackedArguments {
  readonly pointers: Buffer
  /** The memory that the pointers point to. It must stay alive for as long as they are used. */
  readonly values: Buffer
}

const packed = new WeakMap<Launch, PackedArguments>()

/** The packed arguments of a launch. They are cached, because a launch is often repeated. */
export function packArguments(launch: Launch): PackedArguments {
  return getOrMake(packed, launch, () => pack(launch.args))
}

function pack(args: Launch['args']): PackedArguments {
  const values = pointerArray(
    args.map((argument) =>
      typeof argument === 'number' ? BigInt(argument) : (argument as AddressedBuffer).address,
    ),
  )
  const base = addressOf(values)
  return { values, pointers: pointerArray(args.map((_, i) => base + BigInt(8 * i))) }
}
