/* A CUDA driver without a GPU, for tests: an H200's 132 SMs, one primary context, and a log of what it
   was asked to do in the file that FAKE_CUDA_LOG names. FAKE_CUDA_MPS makes it refuse partitions;
   FAKE_CUDA_IDLE=N finds streams idle at every N-th look; on granules that FAKE_CUDA_REFUSE names, no
   kernel runs. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../driver.h"

enum { REFUSED = 801, GRANULES = 17, MOST_NODES = 8 };

struct context { char name[64]; };
struct green { struct context context; };
struct stream { char name[80]; int priority; unsigned flags; };
struct event { int number; };
struct node { int type, priority; CUcontext context; struct graph *child; };
struct graph { int count; struct node nodes[MOST_NODES]; };
struct exec { struct graph graph; int node_priority; };

static struct context primary = {"whole"}, other = {"other"};
static __thread CUcontext current = &primary;

static void record(const char *format, ...) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  va_list arguments;
  pthread_mutex_lock(&lock);
  FILE *file = fopen(getenv("FAKE_CUDA_LOG"), "a");
  va_start(arguments, format);
  vfprintf(file, format, arguments);
  va_end(arguments);
  fputc('\n', file);
  fclose(file);
  pthread_mutex_unlock(&lock);
}

CUresult cuInit(unsigned flags) { return flags ? 1 : 0; }
CUresult cuCtxGetDevice(CUdevice *device) { return *device = 0, 0; }
CUresult cuCtxGetCurrent(CUcontext *context) { return *context = current, 0; }
CUresult cuCtxSetCurrent(CUcontext context) { return current = context ? context : &other, 0; }
CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
  return *flags = 0, *active = 1, device;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) { return *context = &primary, device; }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) { return device; }
CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) { return *least = 0, *greatest = -5, 0; }
CUresult cuThreadExchangeStreamCaptureMode(int *mode) { return *mode = 0, 0; }

CUresult cuDeviceGetDevResource(CUdevice device, DeviceResource *resource, int type) {
  if (getenv("FAKE_CUDA_MPS")) return REFUSED;
  resource->type = type;
  resource->sm_count = 132;
  return device;
}

/* Each granule's number is kept where the driver keeps what only it reads. */
CUresult cuDevSmResourceSplitByCount(DeviceResource *result, unsigned *count, const DeviceResource *input,
                                     DeviceResource *rest, unsigned flags, unsigned least) {
  if (flags || *count > input->sm_count / least) return 1;
  if (*count > 15) *count = 15;
  for (unsigned i = 0; i < *count; i++) result[i] = (DeviceResource){.type = 1, .reserved = {i}, .sm_count = least};
  *rest = (DeviceResource){.type = 1, .reserved = {*count}, .sm_count = 132 - *count * least};
  return 0;
}

CUresult cuDevResourceGenerateDesc(void **description, DeviceResource *resources, unsigned count) {
  char *text = calloc(1, 64);
  for (unsigned i = 0; i < count; i++)
    sprintf(text + strlen(text), "%s%d", i ? "," : "", resources[i].reserved[0]);
  return *description = text, 0;
}

CUresult cuGreenCtxCreate(CUgreenCtx *green, void *description, CUdevice device, unsigned flags) {
  if (flags != GREEN_DEFAULT_STREAM) return 1;
  *green = calloc(1, sizeof **green);
  strcpy((*green)->context.name, description);
  record("partition %s", (*green)->context.name);
  return device;
}

CUresult cuCtxFromGreenCtx(CUcontext *context, CUgreenCtx green) { return *context = &green->context, 0; }

/* The second stream of a name is called NAME#2, and so on. */
static CUstream new_stream(const char *name, unsigned flags, int priority) {
  static struct { char name[64]; int count; } names[64];
  CUstream stream = calloc(1, sizeof *stream);
  int i = 0;
  while (names[i].count && strcmp(names[i].name, name)) i++;
  strcpy(names[i].name, name);
  names[i].count++;
  sprintf(stream->name, names[i].count > 1 ? "%s#%d" : "%s", name, names[i].count);
  stream->priority = priority;
  stream->flags = flags;
  record("stream on %s priority %d", name, priority);
  return stream;
}

CUresult cuGreenCtxStreamCreate(CUstream *stream, CUgreenCtx green, unsigned flags, int priority) {
  if (flags != STREAM_NON_BLOCKING) return 1;
  return *stream = new_stream(green->context.name, flags, priority), 0;
}

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  return *stream = new_stream(flags ? "whole" : "whole blocking", flags, 0), 0;
}

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  return *stream = new_stream(flags ? "whole" : "whole blocking", flags, priority), 0;
}

static const char *name_of(CUstream stream) {
  if (stream == (CUstream)1) return "default";
  return stream == (CUstream)2 ? "thread's" : stream ? stream->name : "default";
}

/* Programs give kernels small numbers for handles. */
static CUresult launch(const char *name, CUfunction function, int priority, CUstream stream) {
  char text[64];
  const char *refuse = getenv("FAKE_CUDA_REFUSE");
  if (getenv("FAKE_CUDA_NO_LAUNCH_PRIORITY") && priority) return REFUSED;
  if (refuse && !strcmp(refuse, name_of(stream))) return REFUSED;
  snprintf(text, sizeof text, function ? "%s %d" : "%s", name, (int)(size_t)function);
  record("%s priority %d on %s", text, priority, name_of(stream));
  return 0;
}

CUresult cuStreamGetFlags(CUstream stream, unsigned *flags) { return *flags = stream->flags, 0; }

CUresult cuStreamQuery(CUstream stream) {
  static int looks;
  const char *every = getenv("FAKE_CUDA_IDLE");
  if (!every || ++looks % atoi(every)) return 600;
  return record("idle %s", name_of(stream)), 0;
}

CUresult cuEventCreate(CUevent *event, unsigned flags) {
  static int count;
  *event = malloc(sizeof **event);
  (*event)->number = ++count;
  return flags & ~2u;
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  return record("record %d on %s", event->number, name_of(stream)), 0;
}

/* The tests' programs record with flags, and the library without. */
CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return record("own record %d on %s", event->number, name_of(stream)), (int)flags;
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  return record("%swait %d on %s", flags ? "own " : "", event->number, name_of(stream)), 0;
}

CUresult cuStreamSynchronize(CUstream stream) { return record("synchronize on %s", name_of(stream)), 0; }
CUresult cuCtxSynchronize(void) { return record("synchronize on default"), 0; }
CUresult cuStreamDestroy_v2(CUstream stream) { return record("end on %s", name_of(stream)), 0; }
CUresult cuCtxGetLimit(size_t *value, int limit) { return *value = (size_t)limit, 0; }

/* Eleven arguments, as many as a function of the driver's has with a stream among them. */
CUresult cuMemcpy2DAsync_v2(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, CUstream stream) {
  return record("copy on %s", name_of(stream)), (int)(a + b + c + d + e + f + g + h + i + j) - 55;
}

CUresult cuMemsetD8Async(unsigned long long at, unsigned char value, size_t count, CUstream stream) {
  return record("set on %s", name_of(stream)), (int)at + value + (int)count;
}

CUresult cuStreamBeginCapture_v2(CUstream stream, int mode) { return record("begin on %s", name_of(stream)), mode; }

CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  return *graph = NULL, record("finish on %s", name_of(stream)), 0;
}

CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, CUstream stream, void **parameters, void **extra) {
  (void)parameters, (void)extra;
  if (!f) record("plain %u %u %u %u %u %u %u", gx, gy, gz, bx, by, bz, shared);
  return launch("kernel", f, 0, stream);
}

CUresult cuLaunchKernelEx(const LaunchConfig *config, CUfunction f, void **parameters, void **extra) {
  int priority = 0;
  (void)parameters, (void)extra;
  for (unsigned i = 0; i < config->attribute_count; i++)
    if (config->attributes[i].id == ATTRIBUTE_PRIORITY) priority = config->attributes[i].value.priority;
  return launch("kernel", f, priority, config->stream);
}

CUresult cuLaunchKernel_ptsz(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                             unsigned shared, CUstream stream, void **parameters, void **extra) {
  (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz, (void)shared, (void)parameters, (void)extra;
  return launch("per-thread kernel", f, 0, stream);
}

CUresult cuLaunchKernelEx_ptsz(const LaunchConfig *config, CUfunction f, void **parameters, void **extra) {
  (void)parameters, (void)extra;
  return launch("per-thread kernel", f, config->attributes[0].value.priority, config->stream);
}

/* Graphs are made of nodes of the types that are asked for. */
CUresult fakeGraph(CUgraph *graph, int count, const int *types) {
  *graph = calloc(1, sizeof **graph);
  (*graph)->count = count;
  for (int i = 0; i < count; i++) (*graph)->nodes[i] = (struct node){types[i], 0, &primary, NULL};
  return 0;
}

CUresult fakeCapturedOn(CUgraph graph, int node, CUcontext context) {
  return graph->nodes[node].context = context, 0;
}

CUresult cuGraphClone(CUgraph *copy, CUgraph graph) {
  *copy = malloc(sizeof **copy);
  return **copy = *graph, 0;
}

CUresult cuGraphDestroy(CUgraph graph) { return free(graph), 0; }

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
  for (int i = 0; nodes && i < graph->count; i++) nodes[i] = &graph->nodes[i];
  return *count = (size_t)graph->count, 0;
}

CUresult cuGraphNodeGetType(CUgraphNode node, int *type) { return *type = node->type, 0; }

CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode node, KernelNodeParams *params) {
  params->func = (CUfunction)8, params->kern = (void *)16, params->ctx = node->context;
  return 0;
}

CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode node, const KernelNodeParams *params) {
  if (params->func || !params->kern) return 1;
  return node->context = params->ctx, 0;
}

CUresult cuGraphMemsetNodeGetParams(CUgraphNode node, MemsetParams *params) { return (void)node, params->value = 0, 0; }
CUresult cuGraphMemcpyNodeGetParams(CUgraphNode node, void *params) { return (void)node, (void)params, 0; }

CUresult cuGraphNodeSetParams(CUgraphNode node, NodeParams *params) {
  if (params->type != node->type) return 1;
  return node->context = params->type == NODE_MEMSET ? params->memset.ctx : params->memcpy.ctx, 0;
}

CUresult cuGraphKernelNodeGetAttribute(CUgraphNode node, int id, AttributeValue *value) {
  return value->priority = node->priority, id != ATTRIBUTE_PRIORITY;
}

CUresult cuGraphKernelNodeSetAttribute(CUgraphNode node, int id, const AttributeValue *value) {
  return node->priority = value->priority, id != ATTRIBUTE_PRIORITY;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, uint64_t flags) {
  if (getenv("FAKE_CUDA_NO_TWINS") && (flags & INSTANTIATE_NODE_PRIORITY)) return REFUSED;
  *exec = malloc(sizeof **exec);
  **exec = (struct exec){*graph, (flags & INSTANTIATE_NODE_PRIORITY) != 0};
  return record("instantiate"), 0;
}

CUresult cuGraphExecDestroy(CUgraphExec exec) { return record("destroy"), free(exec), 0; }

CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
  char text[256] = "";
  for (int i = 0; i < exec->graph.count; i++) {
    struct node *node = &exec->graph.nodes[i];
    sprintf(text + strlen(text), " %d@%s/%d", node->type, node->context->name, exec->node_priority * node->priority);
  }
  return record("graph%s on %s", text, stream ? stream->name : "default"), 0;
}

CUresult cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph, void *info) {
  return exec->graph = *graph, (void)info, record("update"), 0;
}

CUresult cuGraphNodeSetEnabled(CUgraphExec exec, CUgraphNode node, unsigned enabled) {
  return (void)exec, (void)node, record("enabled %u", enabled), 0;
}

#include <dlfcn.h>

/* Names are plain, and the version tells which function of that name is meant. */
CUresult cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *found) {
  char exported[128];
  static void *self;
  if (!self) self = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  static const char *const versioned[] = {"cuGraphExecUpdate", "cuGetProcAddress", "cuMemcpy2DAsync",
                                          "cuStreamDestroy", "cuStreamBeginCapture"};
  snprintf(exported, sizeof exported, "%s", name);
  if (strcmp(name, "cuGraphInstantiate") == 0 && version >= 12000) strcat(exported, "WithFlags");
  for (unsigned i = 0; i < sizeof versioned / sizeof *versioned; i++)
    if (strcmp(name, versioned[i]) == 0) strcat(exported, "_v2");
  if ((flags & PROC_ADDRESS_PER_THREAD_STREAM) && strncmp(name, "cuLaunch", 8) == 0) strcat(exported, "_ptsz");
  *function = dlsym(self, exported);
  if (found) *found = *function ? 0 : 1;
  return *function ? 0 : CUDA_ERROR_NOT_FOUND;
}
