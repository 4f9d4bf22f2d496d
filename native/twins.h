/* twins.c: for each executable graph of the program's, one of ours that is launched in its place. */
#ifndef ECLIP_TWINS_H
#define ECLIP_TWINS_H

#include "parts.h"

typedef struct {
  CUgraphExec exec; /* NULL: the program's own serves as well */
  Parts *parts; /* NULL: it is always launched whole */
  CUgraph source; /* the program's graph as it was, to make another twin of; NULL if there will be none */
  uint64_t flags;
  int model, priority, yields; /* of the latter two, those for which it was made */
} Twin;

/* The twin of an executable graph, if it has one. */
HIDDEN Twin twin_of(CUgraphExec exec);
/* Keeps a twin until it is taken. Returns 0 if there is no memory for it. */
HIDDEN int keep_twin(CUgraphExec exec, Twin twin);
/* Forgets the twin and returns it, if there is one. */
HIDDEN Twin take_twin(CUgraphExec exec);

#endif
