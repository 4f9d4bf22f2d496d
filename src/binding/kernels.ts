import type { DeviceBuffer, Launch, PartitionedDevice } from './partitioned-device.js'

/**
 * The kernels that tests and measurements launch, in the C that CUDA, HIP and OpenCL share. Each
 * binding puts a prelude in front that defines the capitalised words and two functions:
 * `hold(ticks)` keeps a thread on its compute unit for so many clock ticks, `compute_unit()` says
 * which unit it runs on.
 *
 * - `affine(x, n, a, b)`: x[i] = x[i] * a + b modulo 2^32; the order of two of them shows.
 * - `locate(units, ticks)`: each group holds its compute unit, then writes which one it is.
 * - `spin(ticks)`: one thread holds a compute unit; nothing else.
 * - `burn(sink, rounds)`: fused multiply-adds without memory traffic; `sink` is never written.
 * - `copy(target, source, n)`: n vectors of four words.
 */
const BODY = `
KERNEL affine(GLOBAL u32 *x, u32 n, u32 a, u32 b) {
  for (u32 i = THREAD; i < n; i += THREADS) x[i] = x[i] * a + b;
}
KERNEL locate(GLOBAL u32 *units, u32 ticks) {
  hold(ticks);
  units[GROUP] = compute_unit();
}
KERNEL spin(u32 ticks) { hold(ticks); }
KERNEL burn(GLOBAL u32 *sink, u32 rounds) {
  float x[8];
  for (u32 i = 0; i < 8; i++) x[i] = (float)(THREAD + i);
  for (u32 round = 0; round < rounds; round++)
    for (u32 i = 0; i < 8; i++) x[i] = x[i] * 0.999f + 0.5f;
  float sum = 0;
  for (u32 i = 0; i < 8; i++) sum += x[i];
  if (sum < 0) sink[0] = THREAD;
}
KERNEL copy(GLOBAL uint4 *target, GLOBAL const uint4 *source, u32 n) {
  for (u32 i = THREAD; i < n; i += THREADS) target[i] = source[i];
}
`

/** Kernel source for one vendor's compiler. */
export function kernelSource(prelude: string): string {
  return prelude + BODY
}

/** What CUDA and HIP spell the same way: the index words and the holding loop over `clock64`. */
export const CUDA_LIKE_PRELUDE = `
typedef unsigned int u32;
#define KERNEL extern "C" __global__ void
#define GLOBAL
#define GROUP blockIdx.x
#define THREAD (blockIdx.x * blockDim.x + threadIdx.x)
#define THREADS (gridDim.x * blockDim.x)
__device__ void hold(u32 ticks) {
  long long start = clock64();
  while (clock64() - start < (long long)ticks) {
  }
}
`

/** One thread that holds a compute unit of its stream for `us` microseconds. */
export function spinFor(device: PartitionedDevice, us: number): Launch {
  const ticks = Math.round(us * device.ticksPerUs)
  return { kernel: 'spin', groups: 1, groupSize: 1, args: [ticks] }
}

/** x[i] = x[i] * a + b over a buffer, modulo 2^32. */
export function affine(buffer: DeviceBuffer, a: number, b: number): Launch {
  return { kernel: 'affine', groups: 2, groupSize: 32, args: [buffer, buffer.words, a, b] }
}
