/* Priorities as the user counts them, from the lowest up, and as the driver does, from 0 down. */
#include "interpose.h"

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
  int wanted = (own < 0 ? own : 0) - levels;
  return wanted < highest() ? highest() : wanted;
}

int driver_priority(int own) {
  return settings()->priority < 0 ? own : raised(own, settings()->priority);
}
