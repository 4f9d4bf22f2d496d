import { existsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { WorkError } from '../../errors.js'
import {
  bindChecked,
  bindStatus,
  type LoadedLibrary,
  loadLibrary,
  type NativeValue,
  type Pointer,
} from '../native.js'

const STATUS_NAMES: Readonly<Record<number, string>> = {
  [-1]: 'CL_DEVICE_NOT_FOUND',
  [-5]: 'CL_OUT_OF_RESOURCES',
  [-6]: 'CL_OUT_OF_HOST_MEMORY',
  [-11]: 'CL_BUILD_PROGRAM_FAILURE',
  [-18]: 'CL_DEVICE_PARTITION_FAILED',
  [-30]: 'CL_INVALID_VALUE',
  [-33]: 'CL_INVALID_DEVICE',
  [-68]: 'CL_INVALID_DEVICE_PARTITION_COUNT',
  [-1001]: 'CL_PLATFORM_NOT_FOUND_KHR',
}

export function openClStatus(status: number): string {
  return `${STATUS_NAMES[status] ?? 'OpenCL error'} (${status})`
}

const CHECKED = {
  clGetPlatformIDs: 'uint32_t, _Out_ void **, _Out_ uint32_t *',
  clGetPlatformInfo: 'void *, uint32_t, size_t, void *, void *',
  clGetDeviceIDs: 'void *, uint64_t, uint32_t, _Out_ void **, _Out_ uint32_t *',
  clGetDeviceInfo: 'void *, uint32_t, size_t, void *, void *',
  clCreateSubDevices: 'void *, void *, uint32_t, void *, void *',
  clReleaseDevice: 'void *',
  clReleaseMemObject: 'void *',
  clReleaseEvent: 'void *',
  clGetProgramBuildInfo: 'void *, void *, uint32_t, size_t, void *, void *',
  clSetKernelArg: 'void *, uint32_t, size_t, void *',
  clEnqueueNDRangeKernel:
    'void *, void *, uint32_t, void *, void *, void *, uint32_t, void *, void *',
  clEnqueueMarkerWithWaitList: 'void *, uint32_t, void *, _Out_ void **',
  clEnqueueBarrierWithWaitList: 'void *, uint32_t, void *, void *',
  clEnqueueReadBuffer: 'void *, void *, uint32_t, size_t, size_t, void *, uint32_t, void *, void *',
  clEnqueueWriteBuffer:
    'void *, void *, uint32_t, size_t, size_t, const void *, uint32_t, void *, void *',
  clGetEventInfo: 'void *, uint32_t, size_t, void *, void *',
  clGetEventProfilingInfo: 'void *, uint32_t, size_t, void *, void *',
  clFlush: 'void *',
  clFinish: 'void *',
} as const

/** Functions that return an object and write their status to the last parameter. */
const CREATORS = {
  clCreateContext: 'void *, uint32_t, void *, void *, void *, _Out_ int *',
  clCreateCommandQueue: 'void *, void *, uint64_t, _Out_ int *',
  clCreateProgramWithSource: 'void *, uint32_t, const char **, void *, _Out_ int *',
  clCreateKernel: 'void *, const char *, _Out_ int *',
  clCreateBuffer: 'void *, uint64_t, size_t, void *, _Out_ int *',
} as const

type Creator = (...args: NativeValue[]) => Pointer

/** The OpenCL 1.2 functions that the binding uses. Every failure is thrown as a WorkError. */
export type OpenClApi = ReturnType<typeof bindOpenCl>

/**
 * Describes the processors to hwloc if a sandbox hides them. PoCL asks hwloc, and ends the whole
 * process if there seem to be none.
 */
function describeProcessors(): void {
  if (existsSync('/sys/devices/system/cpu/cpu0/topology')) return
  process.env.HWLOC_SYNTHETIC ??= `Package:1 [NUMANode(memory=${totalmem()})] Core:${availableParallelism()} PU:1`
}

/** @throws WorkError if no OpenCL loader is installed */
export function loadOpenCl(): OpenClApi {
  describeProcessors()
  return bindOpenCl(loadLibrary('OpenCL', ['libOpenCL.so.1']))
}

function bindOpenCl(library: LoadedLibrary) {
  return {
    ...bindChecked(library, CHECKED, openClStatus),
    ...bindCreators(library),
    /** Reports a compile error as a status; the log has the reason. */
    ...bindStatus(library, {
      clBuildProgram: 'void *, uint32_t, void *, const char *, void *, void *',
    }),
  }
}

function bindCreators(library: LoadedLibrary): Readonly<Record<keyof typeof CREATORS, Creator>> {
  const bound = {} as Record<keyof typeof CREATORS, Creator>
  for (const name of Object.keys(CREATORS) as (keyof typeof CREATORS)[]) {
    const call = library.func(`void *${name}(${CREATORS[name]})`)
    bound[name] = (...args) => {
      const status = [0]
      const object: Pointer | null = call(...args, status)
      if (status[0] !== 0) throw new WorkError(`${name} said ${openClStatus(status[0])}`)
      return object ?? 0n
    }
  }
  return bound
}
