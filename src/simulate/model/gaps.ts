/**
 * What neighbours add to the gap before a kernel, in µs. A state of the GPU that comes and goes by
 * the minute puts some 0.3 µs between the kernels of a model that runs alone. Beside other models
 * the gaps are the same in either state, so a gap that the profile already contains is part of what
 * the neighbours cause and is not added twice.
 * @param sharedUs what neighbours add where the profile has no gap
 * @param profiledGapUs the gap that was measured alone
 */
export function addedGapUs(sharedUs: number, profiledGapUs: number): number {
  return Math.max(0, sharedUs - profiledGapUs)
}
