/* plan.c: the lookup table of a plan, as `eclip run --plan` writes it. */
#ifndef ECLIP_PLAN_H
#define ECLIP_PLAN_H

#include "interpose.h"

enum { MOST_PLACES = 64, MOST_REQUESTS = 16, MOST_WORDS = 64 };

/* The compute units of one pooled stream, as bits: of an NVIDIA GPU its granules, of an AMD GPU those
   of a CU mask. */
typedef struct {
  unsigned words;
  uint32_t mask[MOST_WORDS];
} Place;

/* Where one kernel goes. */
typedef struct {
  uint8_t place;
  uint8_t priority; /* levels above the lowest */
} Step;

/* What one model is asked: its kernels in order. */
typedef struct {
  int count;
  Step *steps;
} Request;

typedef struct {
  int place_count, request_count;
  Place places[MOST_PLACES];
  Request requests[MOST_REQUESTS];
} Plan;

/* NULL if there is none. */
HIDDEN const Plan *plan(void);

#endif
