import { kernelSource } from '../kernels.js'
import { outPointer, type Pointer } from '../native.js'
import type { KernelName } from '../partitioned-device.js'
import { compileKernels } from '../runtime-compiler.js'
import { loadHiprtc } from './compiler.js'
import type { HipDriver } from './driver.js'
import { HIP_PRELUDE } from './prelude.js'

/** The test kernels as a module of the current device. */
export class KernelLibrary {
  readonly #driver: HipDriver
  readonly #module: Pointer
  readonly #handles = new Map<KernelName, Pointer>()

  /** @param gfx instruction set, e.g. `gfx906` */
  constructor(driver: HipDriver, gfx: string) {
    this.#driver = driver
    const code = compileKernels(loadHiprtc(driver.library), kernelSource(HIP_PRELUDE), [
      `--offload-arch=${gfx}`,
    ])
    this.#module = outPointer((cell) => {
      driver.hipModuleLoadData(cell, code)
    })
  }

  handle(name: KernelName): Pointer {
    let handle = this.#handles.get(name)
    if (handle === undefined) {
      handle = outPointer((cell) => {
        this.#driver.hipModuleGetFunction(cell, this.#module, name)
      })
      this.#handles.set(name, handle)
    }
    return handle
  }

  close(): void {
    this.#driver.hipModuleUnload(this.#module)
  }
}
