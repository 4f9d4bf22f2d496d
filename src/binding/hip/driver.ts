import { bindChecked, bindStatus, type LoadedLibrary, loadLibrary } from '../native.js'

const FILE_NAMES = ['libamdhip64.so.7', 'libamdhip64.so.6', 'libamdhip64.so.5', 'libamdhip64.so']

const CHECKED = {
  hipSetDevice: 'int',
  hipDeviceGetName: 'void *, int, int',
  hipDeviceGetPCIBusId: 'void *, int, int',
  hipDeviceGetAttribute: '_Out_ int *, int, int',
  hipRuntimeGetVersion: '_Out_ int *',
  hipDeviceSynchronize: '',
  hipExtStreamCreateWithCUMask: '_Out_ void **, uint32_t, const void *',
  hipStreamDestroy: 'void *',
  hipStreamSynchronize: 'void *',
  hipStreamWaitEvent: 'void *, void *, unsigned int',
  hipEventCreateWithFlags: '_Out_ void **, unsigned int',
  hipEventDestroy: 'void *',
  hipEventRecord: 'void *, void *',
  hipEventElapsedTime: '_Out_ float *, void *, void *',
  hipModuleLoadData: '_Out_ void **, const void *',
  hipModuleGetFunction: '_Out_ void **, void *, const char *',
  hipModuleUnload: 'void *',
  hipModuleLaunchKernel:
    'void *, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, void *, void *, void *',
  hipMalloc: '_Out_ void **, size_t',
  hipFree: 'void *',
  hipMemcpyHtoD: 'void *, const void *, size_t',
  hipMemcpyDtoH: 'void *, void *, size_t',
} as const

/** The part of the HIP runtime that the binding uses. Every failure is thrown as a WorkError. */
export type HipDriver = ReturnType<typeof loadHipDriver>

/** @throws WorkError if the HIP runtime is not installed */
export function loadHipDriver() {
  const library = loadLibrary('AMD HIP runtime', FILE_NAMES)
  const statusName = statusNamer(library)
  return {
    ...bindChecked(library, CHECKED, statusName),
    ...bindStatus(library, { hipEventQuery: 'void *', hipGetDeviceCount: '_Out_ int *' }),
    statusName,
    library,
  }
}

function statusNamer(library: LoadedLibrary): (status: number) => string {
  const name = library.func('const char *hipGetErrorName(int)')
  return (status) => `${name(status)} (${status})`
}
