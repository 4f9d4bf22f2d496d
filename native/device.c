/* How many compute units a device is said to have. A client of MPS is told those of its share alone, and
   cuBLAS chooses its kernels for so many; for many numbers, some of these compute wrong (docs/hardware.md). */
#include "interpose.h"

EXPORT CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  CUresult (*call)(int *, int, CUdevice) = ORIGINAL(cuDeviceGetAttribute);
  if (!call) return CUDA_ERROR_NOT_FOUND;
  CUresult result = call(value, attribute, device);
  if (result == CUDA_SUCCESS && value && attribute == DEVICE_ATTRIBUTE_SMS && *value < settings()->cus)
    *value = settings()->cus;
  return result;
}
