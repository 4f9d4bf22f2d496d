/* homes.c: moves a graph's nodes to a partition, and sets their priorities. */
#ifndef ECLIP_HOMES_H
#define ECLIP_HOMES_H

#include "interpose.h"

/* Whether a graph can be made into two executable ones: without memory of its own or decisions. */
HIDDEN int can_be_doubled(CUgraph graph);
/* The model in whose partition some of a graph's kernels were captured; WHOLE_DEVICE if in none. */
HIDDEN int model_captured_in(CUgraph graph);
/* Sets the graph's kernels up for a partition, which may be NULL, and the priority asked for.
   Returns how many nodes were changed, and -1 if the driver refused. */
HIDDEN int set_homes(CUgraph graph, const Partition *partition);

#endif
