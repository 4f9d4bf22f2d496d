/* Reads the file that ECLIP_PLAN names, as src/run/plan-table.ts writes it:
     place 2 ffffffff f        the words of a mask, in hexadecimal
     request 517               kernels, of which the following lines tell
     12 0 3                    so many of them, their place, their priority */
#include "plan.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KERNELS = 1 << 20 };

static Plan read;
static const Plan *known;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int read_place(FILE *file) {
  if (read.place_count == MOST_PLACES) return 0;
  Place *place = &read.places[read.place_count++];
  if (fscanf(file, "%u", &place->words) != 1 || place->words > MOST_WORDS) return 0;
  uint32_t any = 0;
  for (unsigned i = 0; i < place->words; i++) {
    if (fscanf(file, "%" SCNx32, &place->mask[i]) != 1) return 0;
    any |= place->mask[i];
  }
  return any != 0;
}

static int read_request(FILE *file) {
  if (read.request_count == MOST_REQUESTS) return 0;
  Request *request = &read.requests[read.request_count];
  if (fscanf(file, "%d", &request->count) != 1 || request->count < 1 || request->count > MOST_KERNELS) return 0;
  request->steps = calloc((size_t)request->count, sizeof *request->steps);
  if (!request->steps) return 0;
  for (int at = 0, kernels; at < request->count; at += kernels) {
    unsigned place, priority;
    if (fscanf(file, "%d%u%u", &kernels, &place, &priority) != 3) return 0;
    if (kernels < 1 || kernels > request->count - at || place >= (unsigned)read.place_count || priority > 63) return 0;
    for (int i = at; i < at + kernels; i++) request->steps[i] = (Step){(uint8_t)place, (uint8_t)priority};
  }
  read.request_count++;
  return 1;
}

static int read_table(FILE *file) {
  char word[8];
  while (fscanf(file, "%7s", word) == 1)
    if (strcmp(word, "place") ? strcmp(word, "request") || !read_request(file) : !read_place(file)) return 0;
  return read.request_count > 0;
}

static void read_plan(void) {
  const char *name = getenv("ECLIP_PLAN");
  if (!name || !*name) return;
  FILE *file = fopen(name, "re");
  if (file && read_table(file)) known = &read;
  else say_once(SAY_BAD_SETTINGS, "ECLIP_PLAN names no table of a plan, and is ignored");
  if (file) fclose(file);
}

const Plan *plan(void) {
  pthread_once(&once, read_plan);
  return known;
}
