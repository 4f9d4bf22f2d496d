/**
 * What neighbours add to the gap before a kernel, in µs. A state of the GPU that comes and goes by the minute puts
 * some 0.3 µs between the kernels of a model alone; beside others gaps are the same with it and without. So what
 * the profile has of it is a part of what they cause.
 * @param sharedUs what they add to a gap of nothing
 * @param profiledGapUs the gap that was measured alone
 */
export function addedGapUs(sharedUs: number, profiledGapUs: number): number {
  return Math.max(0, sharedUs - profiledGapUs)
}
