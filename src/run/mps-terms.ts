/** What a program is granted of the device, and how it is told under MPS. */
import { cudaCus } from '../binding/cuda/device.js'
import { gpuCount } from '../binding/cuda/meter.js'
import { mpsBelowNormal, mpsMemory, mpsShare } from '../binding/mps/client.js'
import { preloadNativeLibrary } from '../binding/native-library.js'
import type { Priority } from './priority.js'
import { percentOf, type Share } from './share.js'

/** Share, priority and memory of a program; what is left out is not limited. */
export interface Terms {
  readonly share?: Share | undefined
  readonly priority?: Priority | undefined
  readonly memoryBytes?: number | undefined
  /** Whether it holds back what it launches while a program of a higher level is busy; absent: never. */
  readonly yields?: boolean | undefined
}

/** What the user set; asking the driver for the number of compute units sets it for this process. */
const { CUDA_DEVICE_MAX_CONNECTIONS: connections } = process.env

/** Under a whole share a client still shares the hardware's queues with the others. */
const WHOLE: Share = { percent: 100 }

/**
 * The environment in which a program is held to its terms.
 * @throws WorkError for a share in compute units where no GPU says how many it has, and for a
 *   priority above normal or a program that yields where the library cannot be built
 */
export function mpsTerms({
  share = WHOLE,
  priority,
  memoryBytes,
  yields,
}: Terms): Record<string, string> {
  // The service knows only two priorities of programs; those of kernels hold across them.
  const isLevel = typeof priority === 'number'
  return {
    ...mpsShare(percentOf(share, cudaCus)),
    ...(connections !== undefined && { CUDA_DEVICE_MAX_CONNECTIONS: connections }),
    ...(priority === 'low' && mpsBelowNormal()),
    ...((isLevel || yields !== undefined) && preloadNativeLibrary()),
    ...(isLevel && { ECLIP_PRIORITY: `${priority}` }),
    ...(yields !== undefined && { ECLIP_YIELD: `${Number(yields)}` }),
    ...(memoryBytes !== undefined && mpsMemory(memoryBytes, gpuCount() ?? 1)),
  }
}

/** The terms as tables show them. */
export function askedOf({ share = WHOLE, priority = 'normal', memoryBytes, yields }: Terms) {
  return {
    sharePercent: percentOf(share, cudaCus),
    priority,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(yields && { yields }),
  }
}
