import { CUDA_LIKE_PRELUDE } from '../kernels.js'

/** CUDA C: a compute unit is an SM, numbered by %smid. */
export const CUDA_PRELUDE = `${CUDA_LIKE_PRELUDE}
__device__ u32 compute_unit() {
  u32 sm;
  asm volatile("mov.u32 %0, %%smid;" : "=r"(sm));
  return sm;
}
`
