/* twins.c: for each executable graph of the program's, one of ours that is launched in its place. */
#ifndef ECLIP_TWINS_H
#define ECLIP_TWINS_H

#include "interpose.h"

/* The twin of an executable graph; NULL if it has none. */
HIDDEN CUgraphExec twin_of(CUgraphExec exec);
/* Keeps a twin of a model's, until it is taken. Returns 0 if there is no memory for it. */
HIDDEN int keep_twin(CUgraphExec exec, CUgraphExec twin, int model);
/* Forgets the twin and returns it; NULL if there is none. `model` gets its model, and may be NULL. */
HIDDEN CUgraphExec take_twin(CUgraphExec exec, int *model);

#endif
