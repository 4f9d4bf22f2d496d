import type { MemoryCalls } from '../driver-buffer.js'
import type { DeviceCalls } from '../driver-device.js'
import type { StreamCalls } from '../driver-stream.js'
import type { EventCalls } from '../event-pool.js'
import type { ModuleCalls } from '../kernel-handles.js'
import type { CudaDriver } from './driver.js'

/** Flags of an event. */
const EVENT = { timed: 0, untimed: 2 } as const

/** The driver's functions under the names that CUDA and HIP share. Its events are timed. */
export function deviceCalls(driver: CudaDriver): DeviceCalls {
  return {
    memory: memoryCalls(driver),
    streams: streamCalls(driver),
    events: eventCalls(driver, 'timed'),
  }
}

/** The driver's events of one kind. */
export function eventCalls(driver: CudaDriver, kind: keyof typeof EVENT): EventCalls {
  return {
    create: (cell) => driver.cuEventCreate(cell, EVENT[kind]),
    destroy: driver.cuEventDestroy_v2,
    record: driver.cuEventRecord,
    wait: (stream, event) => driver.cuStreamWaitEvent(stream, event, 0),
    query: driver.cuEventQuery,
    elapsed: driver.cuEventElapsedTime,
    statusName: driver.statusName,
  }
}

function memoryCalls(driver: CudaDriver): MemoryCalls {
  return {
    allocate: driver.cuMemAlloc_v2,
    free: driver.cuMemFree_v2,
    copyIn: driver.cuMemcpyHtoD_v2,
    copyOut: driver.cuMemcpyDtoH_v2,
    synchronize: driver.cuCtxSynchronize,
  }
}

/** Code is loaded as a library, whose handles can be launched in any context. */
export function moduleCalls(driver: CudaDriver): ModuleCalls {
  return {
    load: (cell, ptx) => driver.cuLibraryLoadData(cell, ptx, null, null, 0, null, null, 0),
    find: driver.cuLibraryGetKernel,
    unload: driver.cuLibraryUnload,
  }
}

function streamCalls(driver: CudaDriver): StreamCalls {
  return {
    launch: driver.cuLaunchKernel,
    synchronize: driver.cuStreamSynchronize,
    destroy: driver.cuStreamDestroy_v2,
  }
}
