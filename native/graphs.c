/* A graph that belongs to a model gets a twin: a copy whose nodes are in the model's partition and
   have the priority asked for. The program keeps its own executable graph, on which every call of the
   driver works as before; only launches go to the twin. A change of the program's drops the twin, and
   another priority makes it anew. Where the program yields, the twin comes in parts as well. */
#include <stdlib.h>

#include "busy.h"
#include "dispatcher.h"
#include "homes.h"
#include "twins.h"

typedef CUresult (*OnStream)(CUgraphExec, CUstream);
typedef CUresult (*Instantiate)(CUgraphExec *, CUgraph, uint64_t);

static void destroy(CUgraphExec exec) {
  CUresult (*call)(CUgraphExec) = ORIGINAL(cuGraphExecDestroy);
  if (exec && call) (void)call(exec);
}

static void end_parts(Parts *parts) {
  for (int i = 0; parts && i < parts->count; i++) destroy(parts->execs[i]);
  if (parts && parts->event) (void)DRIVER(cuEventDestroy_v2, (CUevent), parts->event);
  free(parts);
}

static int is_there(Twin twin) { return twin.exec || twin.parts || twin.source; }

static void end_twin(Twin twin) {
  destroy(twin.exec);
  end_parts(twin.parts);
  if (twin.source) (void)DRIVER(cuGraphDestroy, (CUgraph), twin.source);
}

static void drop_twin(CUgraphExec exec) { end_twin(take_twin(exec)); }

static void say_stays(void) {
  say_once(SAY_GRAPH_STAYS, "some graphs cannot be moved to a partition: their kernels stay where they are");
}

static void say_whole(void) {
  say_once(SAY_GRAPH_WHOLE, "some graphs cannot be taken apart: others wait for the whole of one that has begun");
}

static CUgraph copy_of(CUgraph graph) {
  CUgraph copy;
  return DRIVER(cuGraphClone, (CUgraph *, CUgraph), &copy, graph) ? NULL : copy;
}

/* An executable graph for a model, of some nodes or of all; NULL if the program's own serves as well, or there
   can be none. */
static CUgraphExec make_exec(CUgraph graph, uint64_t flags, int model, const Section *section) {
  CUgraphExec exec = NULL;
  Instantiate instantiate = ORIGINAL(cuGraphInstantiateWithFlags);
  const Partition *partition = partition_of(model);
  int is_moved = partition || settings()->priority >= 0;
  if (!instantiate || (!is_moved && !section)) return NULL;
  CUgraph copy = copy_of(graph);
  if (!copy) return NULL;
  int changed = is_moved ? set_homes(copy, partition) : 0;
  int is_wanted = section ? changed >= 0 && keep_nodes(copy, section) : changed > 0;
  uint64_t wanted = (flags & ~(uint64_t)INSTANTIATE_UPLOAD) | (is_moved ? INSTANTIATE_NODE_PRIORITY : 0);
  if (is_wanted && instantiate(&exec, copy, wanted)) exec = NULL;
  if (!section && !exec && changed != 0) say_stays();
  (void)DRIVER(cuGraphDestroy, (CUgraph), copy);
  return exec;
}

/* NULL if the graph is small, or cannot be taken apart. */
static Parts *make_parts(CUgraph graph, uint64_t flags, int model) {
  Sequence nodes;
  if (settings()->yields <= 0) return NULL;
  Parts *parts = find_sequence(graph, &nodes) ? calloc(1, sizeof *parts) : NULL;
  if (!parts) {
    say_whole();
    return NULL;
  }
  size_t size = (nodes.count + MOST_PARTS - 1) / MOST_PARTS, first = 0;
  if (size < LEAST_NODES) size = LEAST_NODES;
  parts->kernels = (int)size;
  for (; nodes.count > size && first < nodes.count; first += size) {
    CUgraphExec exec = make_exec(graph, flags, model, &(Section){&nodes, first, first + size});
    if (!exec) break;
    parts->execs[parts->count++] = exec;
  }
  int is_whole = parts->count > 0 && first >= nodes.count;
  free(nodes.nodes);
  if (is_whole) return parts;
  if (nodes.count > size) say_whole();
  end_parts(parts);
  return NULL;
}

/* Makes a twin for an executable graph. `source` is ours from here on, and may be NULL. */
static void make_twin(CUgraphExec exec, CUgraph graph, CUgraph source, uint64_t flags, int model) {
  Twin twin = {NULL, NULL, source, flags, model, settings()->priority, settings()->yields};
  twin.exec = make_exec(graph, flags, model, NULL);
  twin.parts = make_parts(graph, flags, model);
  if (!is_there(twin) || !keep_twin(exec, twin)) end_twin(twin);
}

/* Gives an executable graph its twin, of the model that it had before; without one, of that of the open
   range, in whose partition it was captured, or that the rule says, in this order: frameworks capture
   on any stream of theirs. */
static void add_twin(CUgraphExec exec, CUgraph graph, uint64_t flags, int model) {
  if ((flags & INSTANTIATE_FOR_DEVICE) || !can_be_doubled(graph)) {
    if (settings()->model_count > 0 || settings()->priority >= 0) say_stays();
    else say_whole();
    return;
  }
  if (model == WHOLE_DEVICE) model = model_of_range();
  if (model == WHOLE_DEVICE) model = model_captured_in(graph);
  if (model == WHOLE_DEVICE) model = model_of_graph();
  /* The program may change or destroy its graph, and what is asked for may change later. */
  int can_change = settings()->priority >= 0 || settings()->yields >= 0;
  make_twin(exec, graph, can_change ? copy_of(graph) : NULL, flags, model);
}

static CUresult with_twin(CUresult result, CUgraphExec *exec, CUgraph graph, uint64_t flags) {
  const Settings *asked = settings();
  if (result || !exec || (asked->model_count == 0 && asked->priority < 0 && asked->yields < 0)) return result;
  int mode = relax_capture();
  add_twin(*exec, graph, flags, WHOLE_DEVICE);
  restore_capture(mode);
  return result;
}

EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, uint64_t flags) {
  Instantiate call = ORIGINAL(cuGraphInstantiateWithFlags);
  return call ? with_twin(call(exec, graph, flags), exec, graph, flags) : CUDA_ERROR_NOT_FOUND;
}

/* Before CUDA 12 the function took no flags, and told which node was at fault. */
#define INSTANTIATE_WITH_LOG(name)                                                                                \
  EXPORT CUresult name(CUgraphExec *exec, CUgraph graph, CUgraphNode *error_node, char *log, size_t log_bytes) {  \
    CUresult (*call)(CUgraphExec *, CUgraph, CUgraphNode *, char *, size_t) = ORIGINAL(name);                     \
    return call ? with_twin(call(exec, graph, error_node, log, log_bytes), exec, graph, 0) : CUDA_ERROR_NOT_FOUND; \
  }
INSTANTIATE_WITH_LOG(cuGraphInstantiate)
INSTANTIATE_WITH_LOG(cuGraphInstantiate_v2)

#define INSTANTIATE_WITH_PARAMS(name)                                                                \
  EXPORT CUresult name(CUgraphExec *exec, CUgraph graph, InstantiateParams *params) {                \
    CUresult (*call)(CUgraphExec *, CUgraph, InstantiateParams *) = ORIGINAL(name);                  \
    uint64_t flags = params ? params->flags : 0;                                                     \
    return call ? with_twin(call(exec, graph, params), exec, graph, flags) : CUDA_ERROR_NOT_FOUND;   \
  }
INSTANTIATE_WITH_PARAMS(cuGraphInstantiateWithParams)
INSTANTIATE_WITH_PARAMS(cuGraphInstantiateWithParams_ptsz)

/* The twin to launch, made anew if another priority is asked for by now, or the program is to yield. While one
   thread does that, others launch the program's own graph. */
static Twin twin_now(CUgraphExec exec) {
  const Settings *asked = settings();
  Twin twin = twin_of(exec);
  if (!twin.source || (twin.priority == asked->priority && twin.yields == asked->yields)) return twin;
  twin = take_twin(exec);
  if (!twin.source) return twin;
  int mode = relax_capture();
  destroy(twin.exec);
  end_parts(twin.parts);
  make_twin(exec, twin.source, twin.source, twin.flags, twin.model);
  restore_capture(mode);
  return twin_of(exec);
}

/* A twin that the driver will not launch is dropped, and the program's own graph is launched. */
static CUresult launch_whole(OnStream call, Twin twin, CUgraphExec exec, CUstream stream) {
  if (twin.exec && call(twin.exec, stream) == CUDA_SUCCESS) return CUDA_SUCCESS;
  if (twin.exec) drop_twin(exec);
  atomic_int *held = hold(stream);
  CUresult result = call(exec, stream);
  release(held);
  return result;
}

static CUresult launch(OnStream call, CUgraphExec exec, CUstream stream) {
  if (!call) return CUDA_ERROR_NOT_FOUND;
  CUresult result;
  Twin twin = twin_now(exec);
  if (twin.parts && launch_parts(twin.parts, call, stream, &result)) return result;
  begin_launch(stream, A_GRAPH);
  return launch_whole(call, twin, exec, stream);
}

static CUresult upload(OnStream call, CUgraphExec exec, CUstream stream) {
  return call ? launch_whole(call, twin_now(exec), exec, stream) : CUDA_ERROR_NOT_FOUND;
}

#define ON_STREAM(name, deed)                               \
  EXPORT CUresult name(CUgraphExec exec, CUstream stream) { \
    return deed(ORIGINAL(name), exec, stream);              \
  }
ON_STREAM(cuGraphLaunch, launch)
ON_STREAM(cuGraphLaunch_ptsz, launch)
ON_STREAM(cuGraphUpload, upload)
ON_STREAM(cuGraphUpload_ptsz, upload)

EXPORT CUresult cuGraphExecDestroy(CUgraphExec exec) {
  CUresult (*call)(CUgraphExec) = ORIGINAL(cuGraphExecDestroy);
  drop_twin(exec);
  return call ? call(exec) : CUDA_ERROR_NOT_FOUND;
}

/* Whole updates come with the graph that the twin is to be like from now on. */
static CUresult renew_twin(CUresult result, CUgraphExec exec, CUgraph graph) {
  Twin stale = result == CUDA_SUCCESS ? take_twin(exec) : (Twin){0};
  if (!is_there(stale)) return result;
  int mode = relax_capture();
  end_twin(stale);
  add_twin(exec, graph, stale.flags, stale.model);
  restore_capture(mode);
  return result;
}

#define UPDATE(name)                                                                  \
  EXPORT CUresult name(CUgraphExec exec, CUgraph graph, void *first, void *second) {  \
    CUresult (*call)(CUgraphExec, CUgraph, void *, void *) = ORIGINAL(name);          \
    if (!call) return CUDA_ERROR_NOT_FOUND;                                           \
    return renew_twin(call(exec, graph, first, second), exec, graph);                 \
  }
UPDATE(cuGraphExecUpdate)
UPDATE(cuGraphExecUpdate_v2)

/* Changes of single nodes name those of the program's graph, which the twin does not have. Their
   further arguments are integers and addresses, which a call hands on unseen. */
#define CHANGE(name)                                                                                   \
  EXPORT CUresult name(CUgraphExec exec, void *node, void *first, void *second, void *third) {         \
    CUresult (*call)(CUgraphExec, void *, void *, void *, void *) = ORIGINAL(name);                    \
    if (!call) return CUDA_ERROR_NOT_FOUND;                                                            \
    if (twin_of(exec).exec) say_stays();                                                               \
    if (twin_of(exec).parts) say_whole();                                                              \
    drop_twin(exec);                                                                                   \
    return call(exec, node, first, second, third);                                                     \
  }
CHANGE(cuGraphExecKernelNodeSetParams)
CHANGE(cuGraphExecKernelNodeSetParams_v2)
CHANGE(cuGraphExecMemcpyNodeSetParams)
CHANGE(cuGraphExecMemsetNodeSetParams)
CHANGE(cuGraphExecHostNodeSetParams)
CHANGE(cuGraphExecChildGraphNodeSetParams)
CHANGE(cuGraphExecEventRecordNodeSetEvent)
CHANGE(cuGraphExecEventWaitNodeSetEvent)
CHANGE(cuGraphExecExternalSemaphoresSignalNodeSetParams)
CHANGE(cuGraphExecExternalSemaphoresWaitNodeSetParams)
CHANGE(cuGraphExecBatchMemOpNodeSetParams)
CHANGE(cuGraphExecNodeSetParams)
CHANGE(cuGraphNodeSetEnabled)
