/** What a program is granted of the device, and how MPS is told. */
import { cudaCus } from '../binding/cuda/device.js'
import { gpuCount } from '../binding/cuda/meter.js'
import { mpsBelowNormal, mpsMemory, mpsShare } from '../binding/mps/client.js'
import { preloadNativeLibrary } from '../binding/native-library.js'
import type { Priority } from './priority.js'
import { percentOf, type Share } from './share.js'

/** Share, priority and memory of a program. Anything left out is not limited. */
export interface Terms {
  readonly share?: Share | undefined
  readonly priority?: Priority | undefined
  readonly memoryBytes?: number | undefined
  /** Whether it holds back its launches while a program of a higher level is busy. If absent, it never does. */
  readonly yields?: boolean | undefined
}

/**
 * The user's setting, read now because asking the driver for the number of compute units sets the
 * variable for this process.
 */
const { CUDA_DEVICE_MAX_CONNECTIONS: connections } = process.env

/** Even with the whole device as its share, a client shares the hardware's queues with others. */
const WHOLE: Share = { percent: 100 }

/**
 * The environment in which a program is held to its terms.
 * @throws WorkError for a share in compute units if no GPU reports how many it has, and for a
 * priority above normal or a program that yields if the library cannot be built
 */
export function mpsTerms({
  share = WHOLE,
  priority,
  memoryBytes,
  yields,
}: Terms): Record<string, string> {
  // The service knows only two priorities of programs, whereas kernel priorities hold across
  // programs.
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

/** The terms in the form that tables show. */
export function askedOf({ share = WHOLE, priority = 'normal', memoryBytes, yields }: Terms) {
  return {
    sharePercent: percentOf(share, cudaCus),
    priority,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(yields && { yields }),
  }
}
