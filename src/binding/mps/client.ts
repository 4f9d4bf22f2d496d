/** What the environment tells a client of the multi-process service. */
import { cudaCus } from '../cuda/device.js'
import { preloadNativeLibrary } from '../native-library.js'
import { unlessMissing } from '../unless-missing.js'

/**
 * The most hardware queues of all clients together, and of one client. On an H200, twelve clients with 8 each came up;
 * with 18 clients the driver ran out of memory, and four clients with 32 each were too many as well.
 */
const CONNECTIONS = 96
const MOST_CONNECTIONS = 8
const MIB = 2 ** 20
/** The service knows two priorities of clients: normal and below normal. */
const BELOW_NORMAL = '1'

/**
 * How much of the device a client of the daemon may use.
 * @param clients the number of clients at the same time
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
 * By default the driver tells a client only of the compute units of its share, and for many such numbers cuBLAS
 * chooses kernels that compute wrong results (docs/hardware.md). A client that is told of the whole device makes
 * cuBLAS choose the same kernels as without MPS. Empty if that is not possible.
 */
export function toldOfWholeDevice(): Readonly<Record<string, string>> {
  told ??= unlessMissing(tellOfWholeDevice) ?? {}
  return told
}

/** The same. @throws WorkError without a GPU that reports its number of compute units, or without the library */
export function tellOfWholeDevice(): Readonly<Record<string, string>> {
  return { ECLIP_CUS: `${cudaCus()}`, ...preloadNativeLibrary() }
}

/** Whether clients that use less than the whole device are told that they have all of it. */
export function tellsOfWholeDevice(): boolean {
  return Object.keys(toldOfWholeDevice()).length > 0
}

/** How much memory a client may allocate on each of `devices` devices. Beyond that, the device counts as full. */
export function mpsMemory(bytes: number, devices: number): Readonly<Record<string, string>> {
  const mebibytes = Math.max(1, Math.floor(bytes / MIB))
  const limits = Array.from({ length: devices }, (_, device) => `${device}=${mebibytes}M`)
  return { CUDA_MPS_PINNED_DEVICE_MEM_LIMIT: limits.join(',') }
}

/** Lets the kernels of all other clients go before the kernels of this one. */
export function mpsBelowNormal(): Readonly<Record<string, string>> {
  return { CUDA_MPS_CLIENT_PRIORITY: BELOW_NORMAL }
}
