/* Streams are made in their model's partition, and with the priority that was asked for. */
#include "interpose.h"

/* 0 if the program is to get the stream that it would have got without the library. */
static int make_confined(CUstream *stream, unsigned flags, int priority, int own_priority) {
  if (settings()->model_count == 0) return 0;
  if (!(flags & STREAM_NON_BLOCKING)) {
    say_once(SAY_BLOCKING_STREAM, "streams that wait for the default stream stay on the whole GPU");
    return 0;
  }
  int mode = relax_capture();
  const Partition *partition = partition_of(model_of_stream(own_priority));
  CUresult result = CUDA_ERROR_NOT_FOUND;
  if (partition) {
    result = DRIVER(cuGreenCtxStreamCreate, (CUstream *, CUgreenCtx, unsigned, int), stream, partition->green, flags,
                    priority);
    if (result) say_once(SAY_NO_STREAM, "the driver made no stream in a partition: its kernels run anywhere");
  }
  restore_capture(mode);
  return result == CUDA_SUCCESS;
}

EXPORT CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  CUresult (*call)(CUstream *, unsigned, int) = ORIGINAL(cuStreamCreateWithPriority);
  if (!call) return CUDA_ERROR_NOT_FOUND;
  int wanted = driver_priority(priority);
  CUresult result = CUDA_SUCCESS;
  if (!stream || !make_confined(stream, flags, wanted, priority)) result = call(stream, flags, wanted);
  if (result == CUDA_SUCCESS && settings()->priority >= 0) remember_priority(*stream, priority, wanted);
  return result;
}

EXPORT CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  CUresult (*call)(CUstream *, unsigned) = ORIGINAL(cuStreamCreate);
  if (!call) return CUDA_ERROR_NOT_FOUND;
  if (settings()->priority >= 0) return cuStreamCreateWithPriority(stream, flags, 0);
  if (stream && make_confined(stream, flags, 0, 0)) return CUDA_SUCCESS;
  return call(stream, flags);
}
