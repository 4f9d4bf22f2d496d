/* CUDA's streams for the run-time scheduler are made in green contexts of their own, each of one of the
   program's streams: what several switch to at once runs in lockstep. */
#include "dispatcher.h"

static void *context(void) {
  CUcontext current = NULL;
  (void)DRIVER(cuCtxGetCurrent, (CUcontext *), &current);
  return current;
}

static void enter(void *context) { (void)DRIVER(cuCtxSetCurrent, (CUcontext), context); }

static int is_free(void *stream) {
  unsigned flags = 0;
  (void)DRIVER(cuStreamGetFlags, (CUstream, unsigned *), stream, &flags);
  return (flags & STREAM_NON_BLOCKING) != 0;
}

static void *make_stream(const Place *place) {
  Partition partition;
  CUstream stream = NULL;
  uint64_t granules = place->words > 2 ? 0 : place->mask[0] | (uint64_t)place->mask[1] << 32;
  int mode = relax_capture();
  int is_made = granules && make_partition(granules, &partition);
  if (!granules) say_once(SAY_NOT_ON_DEVICE, "this GPU has fewer granules than were named: those kernels run anywhere");
  if (is_made && DRIVER(cuGreenCtxStreamCreate, (CUstream *, CUgreenCtx, unsigned, int), &stream, partition.green,
                        STREAM_NON_BLOCKING, 0)) {
    say_once(SAY_NO_STREAM, "the driver made no stream in a partition: its kernels run anywhere");
    stream = NULL;
  }
  restore_capture(mode);
  return stream;
}

static void *make_event(void) {
  CUevent event = NULL;
  CUresult result = DRIVER(cuEventCreate, (CUevent *, unsigned), &event, EVENT_DISABLE_TIMING);
  return result == CUDA_SUCCESS ? event : NULL;
}

static int is_idle(void *stream) {
  int mode = relax_capture();
  CUresult result = DRIVER(cuStreamQuery, (CUstream), stream);
  restore_capture(mode);
  return result == CUDA_SUCCESS;
}

static int order(void *event, void *before, void *after) {
  return DRIVER(cuEventRecord, (CUevent, CUstream), event, before) == CUDA_SUCCESS &&
         DRIVER(cuStreamWaitEvent, (CUstream, CUevent, unsigned), after, event, 0) == CUDA_SUCCESS;
}

static void wait(void *stream) { (void)DRIVER(cuStreamSynchronize, (CUstream), stream); }

const Device cuda = {context, enter, is_free, make_stream, make_event, is_idle, order, wait};
