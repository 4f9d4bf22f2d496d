/* A CUDA driver without a GPU, for tests of what order kernels come in: a log of what each stream was
   given, in the file that FAKE_CUDA_LOG names. FAKE_CUDA_IDLE=N finds streams idle at every N-th look;
   on the granules that FAKE_CUDA_REFUSE names no kernel runs. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../driver.h"
#include "record.h"

enum { REFUSED = 801, NOT_READY = 600, GRANULES = 16 };

struct context { int unused; };
struct green { char name[64]; };
struct stream { char name[80]; unsigned flags; };
struct event { int number; };

static struct context primary;

static const char *name_of(CUstream stream) {
  if (stream == (CUstream)2) return "own";
  return stream && stream != (CUstream)1 ? stream->name : "default";
}

CUresult cuCtxGetDevice(CUdevice *device) { return *device = 0, 0; }
CUresult cuCtxGetCurrent(CUcontext *context) { return *context = &primary, 0; }
CUresult cuCtxSetCurrent(CUcontext context) { return context != &primary; }
CUresult cuCtxGetLimit(size_t *value, int limit) { return *value = (size_t)limit, 0; }
CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) { return *least = 0, *greatest = -5, 0; }
CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
  return *flags = 0, *active = 1, device;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) { return *context = &primary, device; }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) { return device; }
CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) { return device; }
CUresult cuThreadExchangeStreamCaptureMode(int *mode) { return *mode = 0, 0; }

CUresult cuDeviceGetDevResource(CUdevice device, DeviceResource *resource, int type) {
  return *resource = (DeviceResource){.type = type, .sm_count = 8 * GRANULES}, device;
}

/* Each granule's number is kept where the driver keeps what only it reads. */
CUresult cuDevSmResourceSplitByCount(DeviceResource *result, unsigned *count, const DeviceResource *input,
                                     DeviceResource *rest, unsigned flags, unsigned least) {
  for (unsigned i = 0; i < *count; i++) result[i] = (DeviceResource){.reserved = {i}, .sm_count = least};
  return rest->sm_count = 0, flags || input->sm_count != *count * least;
}

CUresult cuDevResourceGenerateDesc(void **description, DeviceResource *resources, unsigned count) {
  char *text = calloc(1, 64);
  for (unsigned i = 0; i < count; i++)
    sprintf(text + strlen(text), "%s%d", i ? "," : "", resources[i].reserved[0]);
  return *description = text, 0;
}

CUresult cuGreenCtxCreate(CUgreenCtx *green, void *description, CUdevice device, unsigned flags) {
  if (getenv("FAKE_CUDA_MPS")) return REFUSED;
  *green = description;
  return device || flags != GREEN_DEFAULT_STREAM;
}

CUresult cuCtxFromGreenCtx(CUcontext *context, CUgreenCtx green) { return *context = (CUcontext)green, 0; }

/* A stream's name says where its kernels run, and which of these it is. */
static CUresult new_stream(CUstream *stream, const char *place, unsigned flags) {
  static int count;
  *stream = calloc(1, sizeof **stream);
  sprintf((*stream)->name, "%s#%d", place, ++count);
  (*stream)->flags = flags;
  return 0;
}

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  return new_stream(stream, flags == STREAM_NON_BLOCKING ? "free" : "blocking", flags);
}
CUresult cuGreenCtxStreamCreate(CUstream *stream, CUgreenCtx green, unsigned flags, int priority) {
  return flags != STREAM_NON_BLOCKING || priority ? 1 : new_stream(stream, green->name, flags);
}
CUresult cuStreamGetFlags(CUstream stream, unsigned *flags) { return *flags = stream->flags, 0; }

CUresult cuStreamQuery(CUstream stream) {
  static int looks;
  const char *every = getenv("FAKE_CUDA_IDLE");
  if (!every || ++looks % atoi(every)) return NOT_READY;
  return record("idle %s", name_of(stream)), 0;
}

CUresult cuEventCreate(CUevent *event, unsigned flags) {
  static int count;
  *event = malloc(sizeof **event);
  return (*event)->number = ++count, flags != EVENT_DISABLE_TIMING;
}

/* The tests' program records with flags and waits with flags, which the library does not. */
CUresult cuEventRecord(CUevent event, CUstream stream) {
  return record("record %d on %s", event->number, name_of(stream)), 0;
}
CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return record("mark %d on %s", event->number, name_of(stream)), flags != 1;
}
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  return record("%s %d on %s", flags ? "await" : "wait", event->number, name_of(stream)), 0;
}

CUresult cuStreamSynchronize(CUstream stream) { return record("sync on %s", name_of(stream)), 0; }
CUresult cuCtxSynchronize(void) { return record("sync on all"), 0; }
CUresult cuStreamDestroy_v2(CUstream stream) { return record("end on %s", name_of(stream)), 0; }
CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) { return record("graph on %s", name_of(stream)), exec != NULL; }
CUresult cuStreamBeginCapture_v2(CUstream stream, int mode) { return record("begin on %s", name_of(stream)), mode; }
CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  return *graph = NULL, record("finish on %s", name_of(stream)), 0;
}

/* Nearly as many arguments as a function has. */
CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                                   unsigned bz, unsigned shared, CUstream stream, void **parameters) {
  return record("cooperative on %s", name_of(stream)),
         gx != 1 || gy != 2 || gz != 3 || bx != 4 || by != 5 || bz != 6 || shared != 7 || f != (void *)parameters;
}
/* While it is under way, a program may do something else that it calls `amid`. */
CUresult cuMemsetD8Async(unsigned long long at, unsigned char value, size_t count, CUstream stream) {
  void (*amid)(void) = getenv("FAKE_CUDA_AMID") ? dlsym(RTLD_DEFAULT, "amid") : NULL;
  if (amid) amid();
  return record("set on %s", name_of(stream)), at != 1ull << 40 || value != 2 || count != 3;
}

/* Kernels are small numbers. */
static CUresult launch(CUfunction function, const Attribute *attribute, CUstream stream) {
  const char *refuse = getenv("FAKE_CUDA_REFUSE");
  size_t length = refuse ? strlen(refuse) : 0;
  if (refuse && !strncmp(name_of(stream), refuse, length) && name_of(stream)[length] == '#') return REFUSED;
  record(attribute ? "kernel %d at %d on %s" : "kernel %d%.0d on %s", (int)(size_t)function,
         attribute ? attribute->value.priority : 0, name_of(stream));
  return 0;
}

CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, CUstream stream, void **parameters, void **extra) {
  if (gx + 10 * gy + 100 * gz + 1000 * bx + 10000 * by + 100000 * bz != 654321 || shared != 7) return 1;
  return (void)parameters, (void)extra, launch(f, NULL, stream);
}
CUresult cuLaunchKernelEx(const LaunchConfig *config, CUfunction f, void **parameters, void **extra) {
  return (void)parameters, (void)extra, launch(f, config->attribute_count ? config->attributes : NULL, config->stream);
}
CUresult cuLaunchKernel_ptsz(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                             unsigned bz, unsigned shared, CUstream stream, void **parameters, void **extra) {
  return cuLaunchKernel(f, gx, gy, gz, bx, by, bz, shared, stream ? stream : (CUstream)2, parameters, extra);
}

/* Names are plain, and stand for the newest function. */
CUresult cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *found) {
  static const char *const ends[] = {"_v2", ""};
  static void *self;
  char exported[128];
  if (!self) self = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  *function = NULL;
  for (int i = 0; i < 2 && !*function; i++) {
    snprintf(exported, sizeof exported, "%s%s%s", name, ends[i], flags & PROC_ADDRESS_PER_THREAD_STREAM ? "_ptsz" : "");
    *function = dlsym(self, exported);
  }
  if (found) *found = *function ? 0 : 1;
  return *function && version ? 0 : CUDA_ERROR_NOT_FOUND;
}
