/* HIP for the run-time scheduler, in programs that are linked to it, as PyTorch is; its streams are made
   with CU masks. Nobody has run this on an AMD GPU: it is tested above a runtime that records calls. */
#include <string.h>

#include "calls.h"
#include "dispatcher.h"

#define HIP(name, parameters, ...) \
  (ORIGINAL(name) ? ((CUresult(*) parameters)ORIGINAL(name))(__VA_ARGS__) : CUDA_ERROR_NOT_FOUND)

/* A device's primary context, by the device's number and one. */
static void *context(void) {
  int device = -1;
  (void)HIP(hipGetDevice, (int *), &device);
  return (void *)(intptr_t)(device + 1);
}

static void enter(void *context) { (void)HIP(hipSetDevice, (int), (int)(intptr_t)context - 1); }

static int is_free(void *stream) {
  unsigned flags = 0;
  (void)HIP(hipStreamGetFlags, (void *, unsigned *), stream, &flags);
  return (flags & STREAM_NON_BLOCKING) != 0;
}

static void *make_stream(const Place *place) {
  void *stream = NULL;
  if (HIP(hipExtStreamCreateWithCUMask, (void **, uint32_t, const uint32_t *), &stream, place->words, place->mask)) {
    say_once(SAY_NO_STREAM, "the driver made no stream in a partition: its kernels run anywhere");
    return NULL;
  }
  return stream;
}

static void *make_event(void) {
  void *event = NULL;
  return HIP(hipEventCreateWithFlags, (void **, unsigned), &event, EVENT_DISABLE_TIMING) ? NULL : event;
}

static int is_idle(void *stream) { return HIP(hipStreamQuery, (void *), stream) == 0; }

static int order(void *event, void *before, void *after) {
  return HIP(hipEventRecord, (void *, void *), event, before) == 0 &&
         HIP(hipStreamWaitEvent, (void *, void *, unsigned), after, event, 0) == 0;
}

static void wait(void *stream) { (void)HIP(hipStreamSynchronize, (void *), stream); }

const Device hip = {context, enter, is_free, make_stream, make_event, is_idle, order, wait};

/* Launches are alike but for where the stream stands among their arguments. */
typedef struct {
  Launch launch;
  CUresult (*function)(WORDS);
  Word words[14];
  int stream_at;
} Kernel;

/* HIP has no priority of single launches. */
static int start(const Launch *launch, void *stream, int level) {
  Kernel kernel = *(const Kernel *)launch;
  const Word *w = kernel.words;
  (void)level;
  if (stream) kernel.words[kernel.stream_at] = (Word)stream;
  return kernel.function(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13]);
}

/* What comes before the arguments of the kernel is its shape, in integers of 32 bits; where they are
   passed in pairs, what is left of them still tells kernels apart. */
static CUresult launch(CUresult (*function)(WORDS), const Word words[14], int stream_at) {
  Kernel kernel = {{start, 0}, function, {0}, stream_at};
  uint64_t shape[5] = {(uint64_t)words[0]};
  if (!function) return CUDA_ERROR_NOT_FOUND;
  memcpy(kernel.words, words, sizeof kernel.words);
  for (int i = 1; i < 5; i++) shape[i] = (uint32_t)words[i];
  kernel.launch.kernel = name_of(shape, 5);
  return plan() ? dispatch(&hip, (void *)words[stream_at], 0, &kernel.launch) : start(&kernel.launch, NULL, -1);
}

#define LAUNCH(name, stream_at) \
  EXPORT CUresult name(WORDS) { return launch(ORIGINAL(name), (const Word[]){GIVEN}, stream_at); }

LAUNCH(hipLaunchKernel, 7)
LAUNCH(hipExtLaunchKernel, 7)
LAUNCH(hipModuleLaunchKernel, 8)
LAUNCH(hipExtModuleLaunchKernel, 8)

#define TOUCH(name) PASSED(hip##name)
#define COPY(name) TOUCH(name) TOUCH(name##Async)
#define SPT(name) TOUCH(name) TOUCH(name##_spt)
TOUCH(LaunchKernel_spt) SPT(LaunchCooperativeKernel) TOUCH(LaunchCooperativeKernelMultiDevice) TOUCH(LaunchByPtr)
TOUCH(ModuleLaunchCooperativeKernel) TOUCH(ModuleLaunchCooperativeKernelMultiDevice) TOUCH(HccModuleLaunchKernel)
TOUCH(ExtLaunchMultiKernelMultiDevice) TOUCH(LaunchKernelExC) TOUCH(DrvLaunchKernelEx) SPT(LaunchHostFunc)
SPT(GraphLaunch) TOUCH(GraphUpload) COPY(MemcpyHtoD) COPY(MemcpyDtoH) COPY(MemcpyDtoD) COPY(MemcpyAtoH)
COPY(MemcpyHtoA) TOUCH(MemcpyAtoA) TOUCH(MemcpyAtoD) TOUCH(MemcpyDtoA) COPY(MemcpyPeer) COPY(MemcpyParam2D)
COPY(DrvMemcpy3D) TOUCH(DrvMemcpy2DUnaligned) TOUCH(MemcpyWithStream) SPT(Memcpy) SPT(MemcpyAsync) SPT(Memcpy2D)
SPT(Memcpy2DAsync) SPT(Memcpy3D) SPT(Memcpy3DAsync) SPT(MemcpyToSymbol) SPT(MemcpyToSymbolAsync)
SPT(MemcpyFromSymbol) SPT(MemcpyFromSymbolAsync) SPT(Memcpy2DToArray) SPT(Memcpy2DToArrayAsync)
SPT(Memcpy2DFromArray) SPT(Memcpy2DFromArrayAsync) SPT(MemcpyToArray) SPT(MemcpyFromArray) SPT(Memset)
SPT(MemsetAsync) SPT(Memset2D) SPT(Memset2DAsync) SPT(Memset3D) SPT(Memset3DAsync) COPY(MemsetD8) COPY(MemsetD16)
COPY(MemsetD32) TOUCH(MallocAsync) TOUCH(MallocFromPoolAsync) TOUCH(FreeAsync) TOUCH(Free) TOUCH(HostFree)
TOUCH(FreeHost) TOUCH(FreeArray) TOUCH(ArrayDestroy) TOUCH(HostUnregister) TOUCH(MemMap) TOUCH(MemUnmap)
TOUCH(MemMapArrayAsync) TOUCH(MemPrefetchAsync) SPT(StreamSynchronize) SPT(StreamQuery) SPT(StreamWaitEvent)
SPT(StreamAddCallback) TOUCH(StreamAttachMemAsync) SPT(StreamBeginCapture) TOUCH(StreamBeginCaptureToGraph)
SPT(StreamEndCapture) TOUCH(StreamUpdateCaptureDependencies) TOUCH(StreamDestroy) TOUCH(StreamWaitValue32)
TOUCH(StreamWaitValue64) TOUCH(StreamWriteValue32) TOUCH(StreamWriteValue64) TOUCH(StreamBatchMemOp)
SPT(EventRecord) TOUCH(EventRecordWithFlags) TOUCH(EventSynchronize) TOUCH(DeviceSynchronize) TOUCH(CtxSynchronize)
TOUCH(DeviceReset) TOUCH(ModuleUnload) TOUCH(SignalExternalSemaphoresAsync) TOUCH(WaitExternalSemaphoresAsync)
TOUCH(GraphicsMapResources) TOUCH(GraphicsUnmapResources) TOUCH(GetProcAddress)
