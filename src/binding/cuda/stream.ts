import type { Partition } from '../../device/partition.js'
import { DriverStream, type StreamDriver } from '../driver-stream.js'
import { outPointer } from '../native.js'
import type { CudaDriver } from './driver.js'
import type { GreenContext } from './partitioner.js'

const NON_BLOCKING = 1
const DEFAULT_PRIORITY = 0

/** A stream in its own green context. */
export class CudaStream extends DriverStream {
  readonly home: GreenContext
  readonly #cuda: CudaDriver

  constructor(cuda: CudaDriver, driver: StreamDriver, partition: Partition, home: GreenContext) {
    const stream = outPointer((cell) =>
      cuda.cuGreenCtxStreamCreate(cell, home.green, NON_BLOCKING, DEFAULT_PRIORITY),
    )
    super(driver, partition, stream)
    this.#cuda = cuda
    this.home = home
  }

  override close(): void {
    super.close()
    this.#cuda.cuGreenCtxDestroy(this.home.green)
  }
}
