/* planned.c: the run-time scheduler above CUDA. */
#ifndef ECLIP_PLANNED_H
#define ECLIP_PLANNED_H

#include "dispatcher.h"

/* Puts a launch where the plan says, or else on the program's stream. `is_per_thread`: without a
   stream, the program means its thread's. */
HIDDEN CUresult launch_planned(CUstream stream, int is_per_thread, const Launch *launch);
/* Names a kernel with the shape of its launch. */
HIDDEN uint64_t kernel_name(const void *function, const unsigned grid[3], const unsigned block[3], unsigned shared);

#endif
