#include "parts.h"

#include <stdlib.h>

#include "busy.h"

enum { MOST_NODES = 8192, MOST_PASSES = 64 };

static int is_among(CUgraphNode node, const CUgraphNode *nodes, size_t count) {
  /* What a node waits for has mostly come shortly before it. */
  while (count > 0 && nodes[count - 1] != node) count--;
  return count > 0;
}

/* Since CUDA 12.3 a node may begin before one that it waits for has ended, and the older function refuses to tell of
   such. Where a graph is cut, it waits for the end. */
static CUresult find_needs(CUgraphNode node, CUgraphNode *needs, size_t *count) {
  EdgeData *edges = needs ? calloc(*count, sizeof *edges) : NULL;
  CUresult result = DRIVER(cuGraphNodeGetDependencies_v2, (CUgraphNode, CUgraphNode *, EdgeData *, size_t *), node,
                           needs, edges, count);
  free(edges);
  if (result != CUDA_ERROR_NOT_FOUND) return result;
  return DRIVER(cuGraphNodeGetDependencies, (CUgraphNode, CUgraphNode *, size_t *), node, needs, count);
}

/* 1 if all that a node waits for is among others, -1 if the driver does not tell. */
static int is_due(CUgraphNode node, const CUgraphNode *before, size_t count) {
  size_t needed = 0;
  if (find_needs(node, NULL, &needed)) return -1;
  if (needed == 0) return 1;
  CUgraphNode *needs = calloc(needed, sizeof *needs);
  int result = needs ? 1 : -1;
  if (needs && find_needs(node, needs, &needed)) result = -1;
  for (size_t i = 0; result > 0 && i < needed; i++) result = is_among(needs[i], before, count);
  free(needs);
  return result;
}

/* Nodes mostly come in such an order already: then this goes through them once. Where that takes too long, or
   leads nowhere, it gives up. */
static int sort(CUgraphNode *nodes, size_t count) {
  size_t sorted = 0;
  for (int pass = 0; pass < MOST_PASSES && sorted < count; pass++) {
    for (size_t i = sorted; i < count; i++) {
      int due = is_due(nodes[i], nodes, sorted);
      if (due < 0) return 0;
      if (!due) continue;
      CUgraphNode node = nodes[i];
      nodes[i] = nodes[sorted];
      nodes[sorted++] = node;
    }
  }
  return sorted == count;
}

int find_sequence(CUgraph graph, Sequence *sequence) {
  size_t count = 0;
  *sequence = (Sequence){0, NULL};
  if (DRIVER(cuGraphGetNodes, (CUgraph, CUgraphNode *, size_t *), graph, NULL, &count) || count > MOST_NODES) return 0;
  CUgraphNode *nodes = calloc(count + 1, sizeof *nodes);
  if (nodes && DRIVER(cuGraphGetNodes, (CUgraph, CUgraphNode *, size_t *), graph, nodes, &count) == CUDA_SUCCESS &&
      sort(nodes, count)) {
    *sequence = (Sequence){count, nodes};
    return 1;
  }
  free(nodes);
  return 0;
}

int keep_nodes(CUgraph copy, const Section *section) {
  const Sequence *sequence = section->sequence;
  for (size_t i = 0; i < sequence->count; i++) {
    CUgraphNode node;
    if (i >= section->first && i < section->end) continue;
    if (DRIVER(cuGraphNodeFindInClone, (CUgraphNode *, CUgraphNode, CUgraph), &node, sequence->nodes[i], copy) ||
        DRIVER(cuGraphDestroyNode, (CUgraphNode), node))
      return 0;
  }
  return 1;
}

/* The driver lets no executable graph run beside itself, on whatever streams it is launched. Of its parts it
   knows nothing: they are launched where the graph was before, and whatever is launched elsewhere waits for them. */
int launch_parts(Parts *parts, CUresult (*call)(CUgraphExec, CUstream), CUstream stream, CUresult *result) {
  CUstream before = parts->stream;
  if (is_capturing(stream)) return 0;
  parts->stream = stream;
  if (before != stream && parts->event) {
    (void)DRIVER(cuStreamWaitEvent, (CUstream, CUevent, unsigned), stream, parts->event, 0);
    return 0;
  }
  if (before != stream || !has_to_yield()) return 0;
  if (!parts->event && DRIVER(cuEventCreate, (CUevent *, unsigned), &parts->event, EVENT_DISABLE_TIMING)) return 0;
  for (int i = 0; i < parts->count; i++) {
    begin_launch(stream, parts->kernels);
    *result = call(parts->execs[i], stream);
    if (*result) return i > 0;
  }
  (void)DRIVER(cuEventRecord, (CUevent, CUstream), parts->event, stream);
  return 1;
}
