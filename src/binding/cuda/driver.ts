import koffi from 'koffi'
import { WorkError } from '../../errors.js'
import {
  bindChecked,
  bindStatus,
  type LoadedLibrary,
  loadLibrary,
  type Pointer,
} from '../native.js'

/**
 * Without this, streams share 8 hardware queues, and independent streams fall into lockstep once
 * there are some dozens. The driver reads it when it is initialised.
 */
const CONNECTIONS = ['CUDA_DEVICE_MAX_CONNECTIONS', '32'] as const

/** Functions about GPUs that every version of the driver has. */
const DEVICES = {
  cuDeviceGetCount: '_Out_ int *',
  cuDeviceGet: '_Out_ int *, int',
  cuDeviceGetAttribute: '_Out_ int *, int, int',
} as const

const CHECKED = {
  ...DEVICES,
  cuDriverGetVersion: '_Out_ int *',
  cuDeviceGetName: 'void *, int, int',
  cuDeviceGetPCIBusId: 'void *, int, int',
  cuDevicePrimaryCtxRetain: '_Out_ void **, int',
  cuDevicePrimaryCtxRelease_v2: 'int',
  cuCtxSetCurrent: 'void *',
  cuCtxSynchronize: '',
  cuCtxGetStreamPriorityRange: '_Out_ int *, _Out_ int *',
  cuDeviceGetDevResource: 'int, void *, int',
  cuDevSmResourceSplitByCount:
    'void *, _Inout_ unsigned int *, void *, void *, unsigned int, unsigned int',
  cuDevResourceGenerateDesc: '_Out_ void **, void *, unsigned int',
  cuGreenCtxCreate: '_Out_ void **, void *, int, unsigned int',
  cuGreenCtxDestroy: 'void *',
  cuGreenCtxStreamCreate: '_Out_ void **, void *, unsigned int, int',
  cuCtxFromGreenCtx: '_Out_ void **, void *',
  cuStreamCreate: '_Out_ void **, unsigned int',
  cuStreamDestroy_v2: 'void *',
  cuStreamSynchronize: 'void *',
  cuStreamWaitEvent: 'void *, void *, unsigned int',
  cuEventCreate: '_Out_ void **, unsigned int',
  cuEventDestroy_v2: 'void *',
  cuEventRecord: 'void *, void *',
  cuEventElapsedTime: '_Out_ float *, void *, void *',
  cuLibraryLoadData:
    '_Out_ void **, void *, void *, void *, unsigned int, void *, void *, unsigned int',
  cuLibraryGetKernel: '_Out_ void **, void *, const char *',
  cuLibraryUnload: 'void *',
  cuLaunchKernel:
    'void *, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, void *, void *, void *',
  cuMemAlloc_v2: '_Out_ void **, size_t',
  cuMemFree_v2: 'void *',
  cuMemcpyHtoD_v2: 'void *, const void *, size_t',
  cuMemcpyDtoH_v2: 'void *, void *, size_t',
  cuGraphCreate: '_Out_ void **, unsigned int',
  cuGraphDestroy: 'void *',
  cuGraphAddKernelNode_v2: '_Out_ void **, void *, void *, size_t, void *',
  cuGraphInstantiateWithFlags: '_Out_ void **, void *, uint64_t',
  cuGraphExecDestroy: 'void *',
  cuGraphLaunch: 'void *, void *',
} as const

/** The part of the CUDA driver API that the binding uses. Every failure is thrown as a WorkError. */
export type CudaDriver = ReturnType<typeof loadCudaDriver>

/**
 * Loads and initialises the driver.
 *
 * @throws WorkError if there is no driver, it is older than CUDA 12.4, or it sees no GPU
 */
export function loadCudaDriver() {
  const { library, calls, statusName } = initialised(CHECKED)
  return { ...calls, ...bindStatus(library, { cuEventQuery: 'void *' }), statusName }
}

/** The part of the driver that lists GPUs. @throws WorkError if there is no driver, or it sees no GPU */
export function loadCudaDevices() {
  return initialised(DEVICES).calls
}

function initialised<Name extends string>(checked: Readonly<Record<Name, string>>) {
  process.env[CONNECTIONS[0]] ??= CONNECTIONS[1]
  const library = loadLibrary('NVIDIA driver', ['libcuda.so.1'])
  const statusName = statusNamer(library)
  const calls = bindChecked(library, checked, statusName)
  const status = bindStatus(library, { cuInit: 'unsigned int' }).cuInit(0)
  if (status !== 0) throw new WorkError(`no NVIDIA GPU: cuInit said ${statusName(status)}`)
  return { library, calls, statusName }
}

function statusNamer(library: LoadedLibrary): (status: number) => string {
  const { cuGetErrorName } = bindStatus(library, { cuGetErrorName: 'int, _Out_ void **' })
  return (status) => {
    const name: [Pointer | null] = [null]
    cuGetErrorName(status, name)
    return `${name[0] === null ? 'CUDA error' : koffi.decode.string(name[0])} (${status})`
  }
}
