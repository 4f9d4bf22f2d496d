/** What a client of the multi-process service is told through its environment. */
import { WorkError } from '../../errors.js'
import { cudaCus } from '../cuda/device.js'
import { preloadNativeLibrary } from '../native-library.js'

/**
 * Hardware queues of all clients together, and the most of one. On an H200 twelve clients with 8 each came up, and with
 * 18 the driver was out of memory; four with 32 were too many as well.
 */
const CONNECTIONS = 96
const MOST_CONNECTIONS = 8
const MIB = 2 ** 20
/** The service knows two priorities of clients: normal, and below it. */
const BELOW_NORMAL = '1'

/**
 * How much of the device a client of the daemon may use.
 * @param clients how many there are to be at the same time
 */
export function mpsShare(percent: number, clients = 1): Readonly<Record<string, string>> {
  const connections = Math.min(MOST_CONNECTIONS, Math.floor(CONNECTIONS / clients))
  return {
    CUDA_MPS_ACTIVE_THREAD_PERCENTAGE: `${percent}`,
    CUDA_DEVICE_MAX_CONNECTIONS: `${Math.max(1, connections)}`,
    ...(percent < 100 && toldOfWholeDevice()),
  }
}

let told: Readonly<Record<string, string>> | undefined

/**
 * The driver tells a client of the compute units of its share alone, and for many such numbers cuBLAS chooses kernels
 * that compute wrong (docs/hardware.md). Told of the whole device, it chooses those that it takes without MPS.
 * Empty where that cannot be done.
 */
export function toldOfWholeDevice(): Readonly<Record<string, string>> {
  try {
    told ??= tellOfWholeDevice()
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    told = {}
  }
  return told
}

/** The same. @throws WorkError without a GPU that says how many compute units it has, or without the library */
export function tellOfWholeDevice(): Readonly<Record<string, string>> {
  return { ECLIP_CUS: `${cudaCus()}`, ...preloadNativeLibrary() }
}

/** Whether clients that use less than the whole device are told of it. */
export function tellsOfWholeDevice(): boolean {
  return Object.keys(toldOfWholeDevice()).length > 0
}

/** How much memory a client may allocate on each of so many devices; beyond, the device is full. */
export function mpsMemory(bytes: number, devices: number): Readonly<Record<string, string>> {
  const mebibytes = Math.max(1, Math.floor(bytes / MIB))
  const limits = Array.from({ length: devices }, (_, device) => `${device}=${mebibytes}M`)
  return { CUDA_MPS_PINNED_DEVICE_MEM_LIMIT: limits.join(',') }
}

/** Lets the kernels of all other clients go before those of this one. */
export function mpsBelowNormal(): Readonly<Record<string, string>> {
  return { CUDA_MPS_CLIENT_PRIORITY: BELOW_NORMAL }
}
