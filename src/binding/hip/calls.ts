import type { MemoryCalls } from '../driver-buffer.js'
import type { DeviceCalls } from '../driver-device.js'
import type { StreamCalls } from '../driver-stream.js'
import type { EventCalls } from '../event-pool.js'
import type { ModuleCalls } from '../kernel-handles.js'
import type { HipDriver } from './driver.js'

const EVENT_TIMED = 0

/** The driver's functions under the names that CUDA and HIP share. */
export function deviceCalls(driver: HipDriver): DeviceCalls {
  return { memory: memoryCalls(driver), streams: streamCalls(driver), events: eventCalls(driver) }
}

function eventCalls(driver: HipDriver): EventCalls {
  return {
    create: (cell) => driver.hipEventCreateWithFlags(cell, EVENT_TIMED),
    destroy: driver.hipEventDestroy,
    record: driver.hipEventRecord,
    wait: (stream, event) => driver.hipStreamWaitEvent(stream, event, 0),
    query: driver.hipEventQuery,
    elapsed: driver.hipEventElapsedTime,
    statusName: driver.statusName,
  }
}

function memoryCalls(driver: HipDriver): MemoryCalls {
  return {
    allocate: driver.hipMalloc,
    free: driver.hipFree,
    copyIn: driver.hipMemcpyHtoD,
    copyOut: driver.hipMemcpyDtoH,
    synchronize: driver.hipDeviceSynchronize,
  }
}

export function moduleCalls(driver: HipDriver): ModuleCalls {
  return {
    load: driver.hipModuleLoadData,
    find: driver.hipModuleGetFunction,
    unload: driver.hipModuleUnload,
  }
}

function streamCalls(driver: HipDriver): StreamCalls {
  return {
    launch: driver.hipModuleLaunchKernel,
    synchronize: driver.hipStreamSynchronize,
    destroy: driver.hipStreamDestroy,
  }
}
