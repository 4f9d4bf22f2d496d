/* The nodes of graphs: what they are, where they run, and how to move them. */
#include "homes.h"

#include <stdlib.h>
#include <string.h>

/* What is done with each node in turn; anything but 0 ends the walk. */
typedef int (*Visit)(CUgraphNode node, int type, void *state);

static int walk(CUgraph graph, Visit visit, void *state);

static int visit_node(CUgraphNode node, Visit visit, void *state) {
  int type;
  CUgraph child;
  if (DRIVER(cuGraphNodeGetType, (CUgraphNode, int *), node, &type)) return -1;
  if (type != NODE_GRAPH) return visit(node, type, state);
  if (DRIVER(cuGraphChildGraphNodeGetGraph, (CUgraphNode, CUgraph *), node, &child)) return -1;
  return walk(child, visit, state);
}

/* Visits every node, those of graphs inside the graph as well. Returns what the last visit did. */
static int walk(CUgraph graph, Visit visit, void *state) {
  size_t count = 0;
  if (DRIVER(cuGraphGetNodes, (CUgraph, CUgraphNode *, size_t *), graph, NULL, &count)) return -1;
  CUgraphNode *nodes = calloc(count + 1, sizeof *nodes);
  if (!nodes) return -1;
  int result = DRIVER(cuGraphGetNodes, (CUgraph, CUgraphNode *, size_t *), graph, nodes, &count) ? -1 : 0;
  for (size_t i = 0; result == 0 && i < count; i++) result = visit_node(nodes[i], visit, state);
  free(nodes);
  return result;
}

static int refuse_owners(CUgraphNode node, int type, void *state) {
  (void)node, (void)state;
  return type >= FIRST_NODE_NOT_COPIED;
}

int can_be_doubled(CUgraph graph) { return walk(graph, refuse_owners, NULL) == 0; }

static CUresult kernel_params(CUgraphNode node, KernelNodeParams *params) {
  memset(params, 0, sizeof *params);
  return DRIVER(cuGraphKernelNodeGetParams_v2, (CUgraphNode, KernelNodeParams *), node, params);
}

static int find_model(CUgraphNode node, int type, void *state) {
  KernelNodeParams params;
  if (type != NODE_KERNEL || kernel_params(node, &params)) return 0;
  *(int *)state = model_of_context(params.ctx);
  return *(int *)state != WHOLE_DEVICE;
}

int model_captured_in(CUgraph graph) {
  int model = WHOLE_DEVICE;
  (void)walk(graph, find_model, &model);
  return model;
}

typedef struct {
  const Partition *partition;
  int changed;
} Move;

/* Only kernels that the driver knows apart from a context, as all of today's compilers make them,
   can be moved to another. */
static CUresult move_kernel(CUgraphNode node, Move *move) {
  KernelNodeParams params;
  CUresult result = kernel_params(node, &params);
  if (result || params.ctx == move->partition->context) return result;
  if (!params.kern) {
    say_once(SAY_KERNEL_STAYS, "kernels of old modules in graphs stay on the whole GPU");
    return CUDA_SUCCESS;
  }
  params.func = NULL;
  params.ctx = move->partition->context;
  move->changed++;
  return DRIVER(cuGraphKernelNodeSetParams_v2, (CUgraphNode, const KernelNodeParams *), node, &params);
}

/* A memset or copy that is left behind costs two changes of context in every launch. */
static CUresult move_memset(CUgraphNode node, Move *move) {
  NodeParams params = {.type = NODE_MEMSET};
  CUresult result = DRIVER(cuGraphMemsetNodeGetParams, (CUgraphNode, MemsetParams *), node, &params.memset);
  if (result) return result;
  params.memset.ctx = move->partition->context;
  move->changed++;
  return DRIVER(cuGraphNodeSetParams, (CUgraphNode, NodeParams *), node, &params);
}

static CUresult move_memcpy(CUgraphNode node, Move *move) {
  NodeParams params = {.type = NODE_MEMCPY};
  CUresult result = DRIVER(cuGraphMemcpyNodeGetParams, (CUgraphNode, void *), node, params.memcpy.copy);
  if (result) return result;
  params.memcpy.ctx = move->partition->context;
  move->changed++;
  return DRIVER(cuGraphNodeSetParams, (CUgraphNode, NodeParams *), node, &params);
}

static CUresult raise(CUgraphNode node, Move *move) {
  AttributeValue value = {{0}};
  (void)DRIVER(cuGraphKernelNodeGetAttribute, (CUgraphNode, int, AttributeValue *), node, ATTRIBUTE_PRIORITY, &value);
  int wanted = driver_priority(0);
  /* What the program put higher stays so. */
  if (value.priority < wanted) wanted = value.priority;
  value.priority = wanted;
  move->changed++;
  return DRIVER(cuGraphKernelNodeSetAttribute, (CUgraphNode, int, const AttributeValue *), node, ATTRIBUTE_PRIORITY,
                &value);
}

static int set_home(CUgraphNode node, int type, void *state) {
  Move *move = state;
  if (move->partition) {
    if (type == NODE_KERNEL && move_kernel(node, move)) return -1;
    if (type == NODE_MEMSET && move_memset(node, move)) return -1;
    if (type == NODE_MEMCPY && move_memcpy(node, move)) return -1;
  }
  return settings()->priority >= 0 && type == NODE_KERNEL && raise(node, move) ? -1 : 0;
}

int set_homes(CUgraph graph, const Partition *partition) {
  Move move = {partition, 0};
  return walk(graph, set_home, &move) ? -1 : move.changed;
}
