/* parts.c: a graph in parts, each of which has some of its nodes: one after another they do what it does. */
#ifndef ECLIP_PARTS_H
#define ECLIP_PARTS_H

#include <stddef.h>

#include "interpose.h"

/* Nodes of a graph, in an order in which they can run one by one. */
typedef struct {
  size_t count;
  CUgraphNode *nodes; /* to be freed */
} Sequence;

/* 0 if there is none: nodes may depend on each other in ways that an older driver does not tell. */
HIDDEN int find_sequence(CUgraph graph, Sequence *sequence);

/* The nodes of a sequence from one up to another. */
typedef struct {
  const Sequence *sequence;
  size_t first, end;
} Section;

/* Leaves only those nodes in a copy of the graph. Returns 0 if the driver refused. */
HIDDEN int keep_nodes(CUgraph copy, const Section *section);

enum { MOST_PARTS = 32, LEAST_NODES = 8 };

typedef struct Parts {
  int count, kernels; /* each has so many nodes, of which most are kernels */
  CUgraphExec execs[MOST_PARTS];
  CUstream stream; /* on which the graph was launched last, whole or in parts */
  CUevent event; /* after the last of the parts that were launched; NULL if none were */
} Parts;

/* Launches the parts if the program has to yield. Returns 0 if the graph has to be launched whole. */
HIDDEN int launch_parts(Parts *parts, CUresult (*call)(CUgraphExec, CUstream), CUstream stream, CUresult *result);

#endif
