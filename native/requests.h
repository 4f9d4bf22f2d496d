/* requests.c: finds requests in the kernels that a program launches on a stream. */
#ifndef ECLIP_REQUESTS_H
#define ECLIP_REQUESTS_H

#include "interpose.h"

/* A search for requests of so many kernels. Begins as zeros. */
typedef struct {
  int count;
  uint64_t *seen; /* the last so many kernels; once requests are found, those of one */
  int is_found;
  int at; /* where in `seen` the next kernel is, or is to be */
  int start; /* where in `seen` a request begins */
  int is_sure; /* that it begins there: the program waited before it */
  int alike; /* so many kernels in a row were as one request earlier */
  int misses; /* kernels since the last whole request that were not as expected */
} Search;

/* The kernel's position in a request; -1 if it belongs to none. `has_waited`: since the last kernel,
   the program has waited for the device. */
HIDDEN int position_of(Search *search, uint64_t kernel, int has_waited);

#endif
