/* While some thread captures a graph, many calls of others would end the capture. */
#include "interpose.h"

int relax_capture(void) {
  int mode = CAPTURE_MODE_RELAXED;
  CUresult result = DRIVER(cuThreadExchangeStreamCaptureMode, (int *), &mode);
  return result == CUDA_SUCCESS ? mode : CAPTURE_MODE_RELAXED;
}

void restore_capture(int mode) {
  (void)DRIVER(cuThreadExchangeStreamCaptureMode, (int *), &mode);
}
