/* Priorities as the user counts them, from the lowest up, and as the driver does, from 0 down. The streams
   that were made with one are remembered, for it costs a launch nothing, unlike one of its own. */
#include <stdatomic.h>

#include "interpose.h"

enum { PLACE_BITS = 12, PLACES = 1 << PLACE_BITS, MOST_PROBES = 64 };

/* Streams by their handles, which the driver gives again to others once they are destroyed. */
typedef struct {
  _Atomic(CUstream) stream;
  int own, raised; /* what the program asked for, and what it got */
} Made;

static Made made[PLACES];

/* The driver's number of the highest priority; 0 where it has but one. */
static int highest(void) {
  static int known = 1;
  int lowest, found;
  if (known <= 0) return known;
  if (DRIVER(cuCtxGetStreamPriorityRange, (int *, int *), &lowest, &found) != CUDA_SUCCESS) return 0;
  known = found < 0 ? found : 0;
  return known;
}

int raised(int own, int levels) {
  int wanted = (own < 0 ? own : 0) - levels, most = highest();
  return wanted < most ? most : wanted;
}

int driver_priority(int own) {
  int level = settings()->priority;
  return level < 0 ? own : raised(own, level);
}

/* Where a stream is remembered, or is to be; NULL if nowhere. The place is Fibonacci hashing's. */
static Made *find(CUstream stream, int is_new) {
  uint64_t place = (uintptr_t)stream * 11400714819323198485u >> (64 - PLACE_BITS);
  for (unsigned probe = 0; probe < MOST_PROBES; probe++) {
    Made *one = &made[(place + probe) % PLACES];
    CUstream there = atomic_load_explicit(&one->stream, memory_order_relaxed);
    if (!there && (!is_new || atomic_compare_exchange_strong(&one->stream, &there, stream))) return is_new ? one : NULL;
    if (there == stream) return one;
  }
  return NULL;
}

void remember_priority(CUstream stream, int own, int raised) {
  Made *one = find(stream, 1);
  if (!one) return;
  one->own = own;
  one->raised = raised;
}

int launch_priority(CUstream stream) {
  static const Made unknown;
  const Made *found = find(stream, 0), *one = found ? found : &unknown;
  int wanted = driver_priority(one->own);
  return wanted == one->raised ? PRIORITY_OF_STREAM : wanted;
}
