import { outPointer, type Pointer } from './native.js'
import type { KernelName } from './partitioned-device.js'

/** Handles of a binding's kernels, each looked up once. */
export class KernelHandles {
  readonly #find: (name: KernelName) => Pointer
  readonly #known = new Map<KernelName, Pointer>()

  constructor(find: (name: KernelName) => Pointer) {
    this.#find = find
  }

  handle(name: KernelName): Pointer {
    const handle = this.#known.get(name) ?? this.#find(name)
    this.#known.set(name, handle)
    return handle
  }
}

/** The functions for compiled code that CUDA and HIP share except for their names. */
export interface ModuleCalls {
  readonly load: (cell: unknown[], code: Buffer) => void
  readonly find: (cell: unknown[], module: Pointer, name: KernelName) => void
  readonly unload: (module: Pointer) => void
}

/** The kernels of a binding, compiled and loaded. */
export class KernelModule extends KernelHandles {
  readonly #module: Pointer
  readonly #calls: ModuleCalls

  constructor(calls: ModuleCalls, code: Buffer) {
    const module = outPointer((cell) => calls.load(cell, code))
    super((name) => outPointer((cell) => calls.find(cell, module, name)))
    this.#calls = calls
    this.#module = module
  }

  close(): void {
    this.#calls.unload(this.#module)
  }
}
