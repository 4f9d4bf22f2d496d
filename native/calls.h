/* calls.c: what a program asks of a driver beside launching kernels, while there is a plan or a level. */
#ifndef ECLIP_CALLS_H
#define ECLIP_CALLS_H

#include <stdatomic.h>
#include <stdio.h>

#include "interpose.h"

/* Arguments of any function of the driver's but for some that are harmless: integers and addresses,
   which a call hands on unseen, also those that are not there. */
typedef long Word;
#define WORDS Word a, Word b, Word c, Word d, Word e, Word f, Word g, Word h, Word i, Word j, Word k, Word l, Word m, Word n
#define GIVEN a, b, c, d, e, f, g, h, i, j, k, l, m, n

typedef struct {
  const char *name;
  CUresult (*function)(WORDS);
  const struct Rule *rule; /* NULL before the first call */
  atomic_ulong joins; /* how often it had kernels to wait for */
} Call;

/* Calls a function as the program wants it, after all kernels so far and before all later ones. */
HIDDEN CUresult pass(Call *call, WORDS);
/* What a program gets in place of a function of the driver's that it asks for by name. */
HIDDEN void *passing(const char *name, void *function);

/* Stands in for a function that programs may be linked to. */
#define PASSED(called)                                          \
  EXPORT CUresult called(WORDS) {                               \
    static Call call = {.name = #called};                       \
    if (!call.function) call.function = ORIGINAL(called);       \
    return call.function ? pass(&call, GIVEN) : CUDA_ERROR_NOT_FOUND; \
  }

HIDDEN void tell_joins(FILE *file);

#endif
