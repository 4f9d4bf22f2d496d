/* A graph that belongs to a model gets a twin: a copy whose nodes are in the model's partition and
   have the priority asked for. The program keeps its own executable graph, on which every call of the
   driver works as before; only launches go to the twin. A change of the program's drops the twin, and
   another priority makes it anew. */
#include "dispatcher.h"
#include "homes.h"
#include "twins.h"

typedef CUresult (*Instantiate)(CUgraphExec *, CUgraph, uint64_t);

static void destroy(CUgraphExec exec) {
  CUresult (*call)(CUgraphExec) = ORIGINAL(cuGraphExecDestroy);
  if (exec && call) (void)call(exec);
}

static void end_twin(Twin twin) {
  destroy(twin.exec);
  if (twin.source) (void)DRIVER(cuGraphDestroy, (CUgraph), twin.source);
}

static void drop_twin(CUgraphExec exec) { end_twin(take_twin(exec)); }

static void say_stays(void) {
  say_once(SAY_GRAPH_STAYS, "some graphs cannot be moved to a partition: their kernels stay where they are");
}

static CUgraph copy_of(CUgraph graph) {
  CUgraph copy;
  return DRIVER(cuGraphClone, (CUgraph *, CUgraph), &copy, graph) ? NULL : copy;
}

/* An executable graph for a model; NULL if the program's own serves as well, or there can be none. */
static CUgraphExec make_exec(CUgraph graph, uint64_t flags, int model) {
  CUgraphExec exec = NULL;
  Instantiate instantiate = ORIGINAL(cuGraphInstantiateWithFlags);
  const Partition *partition = partition_of(model);
  if (!instantiate || (!partition && settings()->priority < 0)) return NULL;
  CUgraph copy = copy_of(graph);
  if (!copy) return NULL;
  int changed = set_homes(copy, partition);
  uint64_t wanted = (flags & ~(uint64_t)INSTANTIATE_UPLOAD) | INSTANTIATE_NODE_PRIORITY;
  if (changed > 0 && instantiate(&exec, copy, wanted)) exec = NULL;
  if (changed < 0 || (changed > 0 && !exec)) say_stays();
  (void)DRIVER(cuGraphDestroy, (CUgraph), copy);
  return exec;
}

/* Makes a twin for an executable graph. `source` is ours from here on, and may be NULL. */
static void make_twin(CUgraphExec exec, CUgraph graph, CUgraph source, uint64_t flags, int model) {
  Twin twin = {NULL, source, flags, model, settings()->priority};
  twin.exec = make_exec(graph, flags, model);
  if (!twin.exec || !keep_twin(exec, twin)) end_twin(twin);
}

/* Gives an executable graph its twin, of the model that it had before; without one, of that of the open
   range, in whose partition it was captured, or that the rule says, in this order: frameworks capture
   on any stream of theirs. */
static void add_twin(CUgraphExec exec, CUgraph graph, uint64_t flags, int model) {
  if ((flags & INSTANTIATE_FOR_DEVICE) || !can_be_doubled(graph)) {
    say_stays();
    return;
  }
  if (model == WHOLE_DEVICE) model = model_of_range();
  if (model == WHOLE_DEVICE) model = model_captured_in(graph);
  if (model == WHOLE_DEVICE) model = model_of_graph();
  /* The program may change or destroy its graph, and a priority may change later. */
  make_twin(exec, graph, settings()->priority < 0 ? NULL : copy_of(graph), flags, model);
}

static CUresult with_twin(CUresult result, CUgraphExec *exec, CUgraph graph, uint64_t flags) {
  const Settings *asked = settings();
  if (result || !exec || (asked->model_count == 0 && asked->priority < 0)) return result;
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

/* The twin to launch, made anew if another priority is asked for by now. While one thread does that,
   others launch the program's own graph. */
static CUgraphExec twin_now(CUgraphExec exec) {
  Twin twin = twin_of(exec);
  if (!twin.exec || !twin.source || twin.priority == settings()->priority) return twin.exec;
  twin = take_twin(exec);
  if (!twin.exec) return NULL;
  int mode = relax_capture();
  destroy(twin.exec);
  make_twin(exec, twin.source, twin.source, twin.flags, twin.model);
  restore_capture(mode);
  return twin_of(exec).exec;
}

/* A twin that the driver will not launch is dropped, and the program's own graph is launched. */
static CUresult launch(CUresult (*call)(CUgraphExec, CUstream), CUgraphExec exec, CUstream stream) {
  if (!call) return CUDA_ERROR_NOT_FOUND;
  CUgraphExec twin = twin_now(exec);
  if (twin && call(twin, stream) == CUDA_SUCCESS) return CUDA_SUCCESS;
  if (twin) drop_twin(exec);
  atomic_int *held = hold(stream);
  CUresult result = call(exec, stream);
  release(held);
  return result;
}

#define LAUNCH(name)                                        \
  EXPORT CUresult name(CUgraphExec exec, CUstream stream) { \
    return launch(ORIGINAL(name), exec, stream);            \
  }
LAUNCH(cuGraphLaunch)
LAUNCH(cuGraphLaunch_ptsz)
LAUNCH(cuGraphUpload)
LAUNCH(cuGraphUpload_ptsz)

EXPORT CUresult cuGraphExecDestroy(CUgraphExec exec) {
  CUresult (*call)(CUgraphExec) = ORIGINAL(cuGraphExecDestroy);
  drop_twin(exec);
  return call ? call(exec) : CUDA_ERROR_NOT_FOUND;
}

/* Whole updates come with the graph that the twin is to be like from now on. */
static CUresult renew_twin(CUresult result, CUgraphExec exec, CUgraph graph) {
  Twin stale = result == CUDA_SUCCESS ? take_twin(exec) : (Twin){0};
  if (!stale.exec) return result;
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
    if (twin_of(exec).exec) say_stays();                                                                    \
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
