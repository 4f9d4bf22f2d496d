/* A request is found when as many kernels as it has repeat themselves. It begins where the repetition
   began, until the program first waits for the device between two kernels: then it begins there. */
#include "requests.h"

#include <stdlib.h>

/* After so many times the kernels of a request, without one, requests are searched for anew. */
enum { PATIENCE = 8 };

static void learn(Search *search, uint64_t kernel) {
  if (search->seen[search->at] != kernel) search->alike = 0;
  else if (search->alike++ == 0) search->start = search->at;
  search->seen[search->at] = kernel;
  search->at = (search->at + 1) % search->count;
  search->is_found = search->alike == search->count;
  search->is_sure = search->misses = 0;
}

int position_of(Search *search, uint64_t kernel, int has_waited) {
  if (!search->seen) search->seen = calloc((size_t)search->count, sizeof *search->seen);
  if (!search->seen) return -1;
  if (search->misses > PATIENCE * search->count) search->is_found = search->alike = 0;
  if (!search->is_found) {
    learn(search, kernel);
    return -1;
  }
  if (search->seen[search->at] != kernel) {
    /* Perhaps another request begins, whatever became of this one. */
    search->misses++;
    search->at = search->start;
    if (search->seen[search->at] != kernel) return -1;
  }
  if (has_waited && !search->is_sure) {
    search->start = search->at;
    search->is_sure = 1;
  }
  int position = (search->at - search->start + search->count) % search->count;
  search->at = (search->at + 1) % search->count;
  if (search->at == search->start) search->misses = 0;
  return position;
}
