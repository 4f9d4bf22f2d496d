import { CUDA_LIKE_PRELUDE } from '../kernels.js'

/**
 * HIP. The number of a compute unit comes from the hardware-id register. On GCN and CDNA it
 * consists of the CU (bits 8 to 11), the shader array and shader engine above it, and the XCD from
 * a separate register; on RDNA, of the work-group processor (bits 10 to 13) and the bits above.
 * Source: LLVM's AMDGPU hardware registers. The first argument of `s_getreg` is register | offset
 * << 6 | (bits - 1) << 11.
 */
export const HIP_PRELUDE = `${CUDA_LIKE_PRELUDE}
#define HW_ID (4 | 8 << 6 | (8 - 1) << 11)
#define XCC_ID (20 | 0 << 6 | (4 - 1) << 11)
#define HW_ID1 (23 | 10 << 6 | (10 - 1) << 11)
__device__ u32 compute_unit() {
#if defined(__GFX10__) || defined(__GFX11__) || defined(__GFX12__)
  return __builtin_amdgcn_s_getreg(HW_ID1);
#elif defined(__gfx940__) || defined(__gfx941__) || defined(__gfx942__) || defined(__gfx950__)
  return __builtin_amdgcn_s_getreg(HW_ID) | __builtin_amdgcn_s_getreg(XCC_ID) << 8;
#else
  return __builtin_amdgcn_s_getreg(HW_ID);
#endif
}
`
