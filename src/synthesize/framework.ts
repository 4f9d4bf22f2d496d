import type { Launch } from './launch.js'
import type { Operation } from './operation.js'

/** What a launch depends on besides the operation. */
export interface LaunchContext {
  readonly batch: number
  /** Compute units of the whole device: libraries choose tiles by it. */
  readonly cus: number
}

/** How a framework and its libraries run a network: which kernels each operation becomes. */
export interface Framework {
  readonly software: Readonly<Record<string, string>>
  readonly dtype: 'float16' | 'float32'
  /** Kernels of one operation for a batch, in order. */
  launches(operation: Operation, context: LaunchContext): Launch[]
}
