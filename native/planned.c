/* The run-time scheduler's streams are made in green contexts of their own, each of one stream's: what
   several streams switch to at once runs in lockstep. */
#include "planned.h"

static void *enter(void *context) {
  CUcontext own = NULL;
  (void)DRIVER(cuCtxGetCurrent, (CUcontext *), &own);
  if (own != context) (void)DRIVER(cuCtxSetCurrent, (CUcontext), context);
  return own;
}

static void *make_stream(const Place *place) {
  Partition partition;
  CUstream stream = NULL;
  uint64_t granules = place->mask[0] | (uint64_t)place->mask[1] << 32;
  int mode = relax_capture();
  if (make_partition(granules, &partition) &&
      DRIVER(cuGreenCtxStreamCreate, (CUstream *, CUgreenCtx, unsigned, int), &stream, partition.green,
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

static const Device cuda = {make_stream, make_event, is_idle, order, wait, enter};

/* The handles that stand for default streams. */
#define LEGACY ((CUstream)1)
#define PER_THREAD ((CUstream)2)

/* Streams that wait for the default stream, but not always, depend on what came first. */
static int is_planned(CUstream stream) {
  unsigned flags = 0;
  if (stream == NULL) return 1;
  if (stream == PER_THREAD) return 0;
  return DRIVER(cuStreamGetFlags, (CUstream, unsigned *), stream, &flags) == CUDA_SUCCESS &&
         (flags & STREAM_NON_BLOCKING);
}

CUresult launch_planned(CUstream stream, int is_per_thread, const Launch *launch) {
  CUcontext context = NULL;
  CUstream known = stream == LEGACY ? NULL : stream == NULL && is_per_thread ? PER_THREAD : stream;
  if (is_planned(known) && DRIVER(cuCtxGetCurrent, (CUcontext *), &context) == CUDA_SUCCESS && context)
    return dispatch(&cuda, context, known, launch);
  hold();
  CUresult result = launch->start(launch, stream, -1);
  release();
  return result;
}

/* FNV-1a by words. */
static uint64_t mixed(uint64_t hash, uint64_t word) { return (hash ^ word) * 1099511628211u; }

uint64_t kernel_name(const void *function, const unsigned grid[3], const unsigned block[3], unsigned shared) {
  uint64_t hash = mixed(14695981039346656037u, (uintptr_t)function);
  for (int i = 0; i < 3; i++) hash = mixed(hash, (uint64_t)grid[i] << 32 | block[i]);
  return mixed(hash, shared);
}
