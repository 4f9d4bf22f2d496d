import { kernelSource } from '../kernels.js'
import { outPointer, type Pointer } from '../native.js'
import type { KernelName } from '../partitioned-device.js'
import { compileKernels } from '../runtime-compiler.js'
import { loadNvrtc } from './compiler.js'
import type { CudaDriver } from './driver.js'
import { CUDA_PRELUDE } from './prelude.js'

/** The test kernels as a library: its handles launch in any context. */
export class KernelLibrary {
  readonly #driver: CudaDriver
  readonly #library: Pointer
  readonly #handles = new Map<KernelName, Pointer>()

  /** @param capability compute capability, e.g. `90` */
  constructor(driver: CudaDriver, capability: string) {
    this.#driver = driver
    const ptx = compileKernels(loadNvrtc(), kernelSource(CUDA_PRELUDE), [
      `--gpu-architecture=compute_${capability}`,
    ])
    this.#library = outPointer((cell) => {
      driver.cuLibraryLoadData(cell, ptx, null, null, 0, null, null, 0)
    })
  }

  handle(name: KernelName): Pointer {
    let handle = this.#handles.get(name)
    if (handle === undefined) {
      handle = outPointer((cell) => {
        this.#driver.cuLibraryGetKernel(cell, this.#library, name)
      })
      this.#handles.set(name, handle)
    }
    return handle
  }

  close(): void {
    this.#driver.cuLibraryUnload(this.#library)
  }
}
