/* A CUDA driver without a GPU, for tests: an H200's 132 SMs, one primary context, and a log of what it
   was asked to do in the file that FAKE_CUDA_LOG names. FAKE_CUDA_MPS makes it refuse partitions and show the
   SMs of a share. Events are found not ready FAKE_CUDA_LOOKS times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../driver.h"
#include "record.h"

enum { REFUSED = 801, GRANULES = 17, MOST_NODES = 32, DESTROYED = -1 };

struct context { char name[64]; };
struct green { struct context context; };
struct stream { char name[64]; int priority; struct graph *capturing; };
struct event { int looks; };
struct node { int type, priority; CUcontext context; struct graph *child; void *blocks; unsigned count; CUgraphNode original, needs; };
struct graph { int count; struct node nodes[MOST_NODES]; };
struct exec { struct graph graph; int node_priority; };

static struct context primary = {"whole"}, other = {"other"};
static __thread CUcontext current = &primary;

CUresult cuInit(unsigned flags) { return flags ? 1 : 0; }
CUresult cuDeviceGetCount(int *count) { return *count = 1, 0; }
CUresult cuDeviceGet(CUdevice *device, int index) { return *device = index, index; }
CUresult cuGetErrorName(CUresult result, const char **text) { return *text = result ? "FAKE_ERROR" : "FAKE_OK", 0; }
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

CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  return *value = attribute == 16 ? getenv("FAKE_CUDA_MPS") ? 52 : 132 : attribute, device;
}

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

static CUstream new_stream(const char *name, int priority) {
  CUstream stream = calloc(1, sizeof *stream);
  strcpy(stream->name, name);
  stream->priority = priority;
  record("stream on %s priority %d", name, priority);
  return stream;
}

CUresult cuGreenCtxStreamCreate(CUstream *stream, CUgreenCtx green, unsigned flags, int priority) {
  if (flags != STREAM_NON_BLOCKING) return 1;
  return *stream = new_stream(green->context.name, priority), 0;
}

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  return *stream = new_stream(flags ? "whole" : "whole blocking", 0), 0;
}

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  return *stream = new_stream(flags ? "whole" : "whole blocking", priority), 0;
}

/* The kernel of native/probe/locate.ptx: one block after the other goes to the next SM of its partition,
   or of as many as a share of MPS leaves. FAKE_CUDA_LEAK lets it go anywhere. */
static struct function { int unused; } locate;

CUresult cuLibraryLoadData(void **library, const void *code, void *a, void **b, unsigned c, void *d, void **e,
                           unsigned f) {
  (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
  return *library = &locate, strstr(code, ".entry ") == NULL;
}
CUresult cuLibraryGetKernel(CUfunction *function, void *library, const char *name) {
  return *function = strcmp(name, "locate") ? (CUfunction)8 : library, 0;
}
CUresult cuMemAlloc_v2(unsigned long long *memory, size_t bytes) {
  return *memory = (unsigned long long)(uintptr_t)calloc(1, bytes), 0;
}
CUresult cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  return memcpy(to, (void *)(uintptr_t)from, bytes), 0;
}
CUresult cuMemsetD8_v2(unsigned long long memory, unsigned char value, size_t bytes) {
  return memset((void *)(uintptr_t)memory, value, bytes), 0;
}
CUresult cuCtxSynchronize(void) { return 0; }
CUresult cuStreamSynchronize(CUstream stream) { return (void)stream, 0; }
CUresult cuStreamQuery(CUstream stream) { return (void)stream, 0; }
CUresult cuStreamIsCapturing(CUstream stream, int *status) { return *status = stream && stream->capturing, 0; }
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  return record("%s waits", stream ? stream->name : "default"), (void)event, (void)flags, 0;
}
CUresult cuEventCreate(CUevent *event, unsigned flags) { return *event = calloc(1, sizeof **event), (void)flags, 0; }
CUresult cuEventDestroy_v2(CUevent event) { return free(event), 0; }
CUresult cuEventRecord(CUevent event, CUstream stream) {
  const char *looks = getenv("FAKE_CUDA_LOOKS");
  return event->looks = looks ? atoi(looks) : 0, (void)stream, 0;
}
CUresult cuEventSynchronize(CUevent event) { return event->looks = 0; }
CUresult cuEventQuery(CUevent event) { return event->looks-- > 0 ? CUDA_ERROR_NOT_READY : 0; }

static int sms_of(const char *partition, uint64_t sms[132]) {
  const char *share = getenv("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE");
  int count = 0, is_whole = partition[0] == 'w' || getenv("FAKE_CUDA_LEAK") != NULL;
  for (int sm = 0; is_whole && sm < 132 * (share ? atoi(share) : 100) / 100; sm++) sms[count++] = (uint64_t)sm;
  for (char *end; !is_whole && *partition; partition = *end ? end + 1 : end) {
    long granule = strtol(partition, &end, 10);
    for (long sm = 8 * granule; sm < 8 * granule + 8; sm++) sms[count++] = (uint64_t)sm;
  }
  return count;
}

static void run_locate(const char *partition, void *blocks, unsigned count) {
  uint64_t sms[132], (*written)[3] = blocks;
  int sm_count = sms_of(partition, sms);
  for (unsigned i = 0; i < count; i++) {
    written[i][0] = sms[i % (unsigned)sm_count];
    written[i][1] = 1000000;
    written[i][2] = 2000000;
  }
}

CUresult cuStreamBeginCapture_v2(CUstream stream, int mode) {
  return stream->capturing = calloc(1, sizeof(struct graph)), (void)mode, 0;
}
CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  return *graph = stream->capturing, stream->capturing = NULL, 0;
}

static CUresult launch_locate(CUstream stream, unsigned count, void **parameters) {
  void *blocks = *(void **)parameters[0];
  struct graph *graph = stream->capturing;
  if (graph) graph->nodes[graph->count++] = (struct node){NODE_KERNEL, 0, &primary, NULL, blocks, count};
  else run_locate(stream->name, blocks, count);
  return 0;
}

static CUresult launch(const char *name, int priority, CUstream stream) {
  if (getenv("FAKE_CUDA_NO_LAUNCH_PRIORITY") && priority) return REFUSED;
  record("%s priority %d on %s", name, priority, stream ? stream->name : "default");
  return 0;
}

CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, CUstream stream, void **parameters, void **extra) {
  (void)extra;
  if (f == (CUfunction)&locate) return launch_locate(stream, gx, parameters);
  record("plain %u %u %u %u %u %u %u", gx, gy, gz, bx, by, bz, shared);
  return launch("kernel", 0, stream);
}

CUresult cuLaunchKernelEx(const LaunchConfig *config, CUfunction f, void **parameters, void **extra) {
  int priority = 0;
  (void)f, (void)parameters, (void)extra;
  for (unsigned i = 0; i < config->attribute_count; i++)
    if (config->attributes[i].id == ATTRIBUTE_PRIORITY) priority = config->attributes[i].value.priority;
  return launch("kernel", priority, config->stream);
}

CUresult cuLaunchKernel_ptsz(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                             unsigned shared, CUstream stream, void **parameters, void **extra) {
  (void)f, (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz, (void)shared, (void)parameters, (void)extra;
  return launch("per-thread kernel", 0, stream);
}

CUresult cuLaunchKernelEx_ptsz(const LaunchConfig *config, CUfunction f, void **parameters, void **extra) {
  (void)f, (void)parameters, (void)extra;
  return launch("per-thread kernel", config->attributes[0].value.priority, config->stream);
}

/* Graphs are made of nodes of the types that are asked for. */
CUresult fakeGraph(CUgraph *graph, int count, const int *types) {
  *graph = calloc(1, sizeof **graph);
  (*graph)->count = count;
  for (int i = 0; i < count; i++) {
    int before = getenv("FAKE_CUDA_BACKWARDS") ? i + 1 : i - 1;
    (*graph)->nodes[i] = (struct node){.type = types[i], .context = &primary};
    if (before >= 0 && before < count) (*graph)->nodes[i].needs = &(*graph)->nodes[before];
  }
  return 0;
}

CUresult fakeCapturedOn(CUgraph graph, int node, CUcontext context) {
  return graph->nodes[node].context = context, 0;
}

CUresult cuGraphClone(CUgraph *copy, CUgraph graph) {
  *copy = malloc(sizeof **copy);
  **copy = *graph;
  for (int i = 0; i < graph->count; i++) {
    CUgraphNode needed = graph->nodes[i].needs;
    (*copy)->nodes[i].original = &graph->nodes[i];
    if (needed) (*copy)->nodes[i].needs = &(*copy)->nodes[needed - graph->nodes];
  }
  return 0;
}

/* Each node but the first needs that before it. FAKE_CUDA_BACKWARDS makes it that after it; FAKE_CUDA_CIRCLE lets
   the driver tell of a circle. */
static CUresult dependencies(CUgraphNode node, CUgraphNode *needs, size_t *count) {
  CUgraphNode needed = getenv("FAKE_CUDA_CIRCLE") ? node : node->needs;
  if (needs) *needs = needed;
  return *count = needed != NULL, 0;
}

/* Every edge is one of a programmatic launch. FAKE_CUDA_OLD makes it a driver that knows of none, nor of this call. */
CUresult cuGraphNodeGetDependencies_v2(CUgraphNode node, CUgraphNode *needs, EdgeData *edges, size_t *count) {
  if (getenv("FAKE_CUDA_OLD")) return CUDA_ERROR_NOT_FOUND;
  if (needs && !edges) return REFUSED;
  if (edges) *edges = (EdgeData){.type = 1};
  return dependencies(node, needs, count);
}

/* Like the driver, it does not tell of edges without what they say. */
CUresult cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode *needs, size_t *count) {
  return needs && !getenv("FAKE_CUDA_OLD") ? REFUSED : dependencies(node, needs, count);
}

CUresult cuGraphNodeFindInClone(CUgraphNode *node, CUgraphNode original, CUgraph copy) {
  for (int i = 0; i < copy->count; i++)
    if ((*node = &copy->nodes[i])->original == original) return 0;
  return 1;
}

CUresult cuGraphDestroyNode(CUgraphNode node) { return node->type = DESTROYED, 0; }

CUresult cuGraphDestroy(CUgraph graph) { return free(graph), 0; }

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
  size_t there = 0;
  for (int i = 0; i < graph->count; i++) {
    if (graph->nodes[i].type == DESTROYED) continue;
    if (nodes) nodes[there] = &graph->nodes[i];
    there++;
  }
  return *count = there, 0;
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
  char text[1024] = "";
  for (int i = 0; i < exec->graph.count; i++) {
    struct node *node = &exec->graph.nodes[i];
    if (node->type == DESTROYED) continue;
    if (node->blocks) run_locate(node->context->name, node->blocks, node->count);
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
  snprintf(exported, sizeof exported, "%s", name);
  if (strcmp(name, "cuGraphInstantiate") == 0 && version >= 12000) strcat(exported, "WithFlags");
  if (strcmp(name, "cuGraphExecUpdate") == 0 || strcmp(name, "cuGetProcAddress") == 0) strcat(exported, "_v2");
  if ((flags & PROC_ADDRESS_PER_THREAD_STREAM) && strncmp(name, "cuLaunch", 8) == 0) strcat(exported, "_ptsz");
  *function = dlsym(self, exported);
  if (found) *found = *function ? 0 : 1;
  return *function ? 0 : CUDA_ERROR_NOT_FOUND;
}
