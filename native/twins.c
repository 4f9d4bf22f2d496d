/* A table from executable graphs to their twins: buckets of short lists. */
#include "twins.h"

#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS = 1024 };

typedef struct Pair {
  CUgraphExec exec;
  Twin twin;
  struct Pair *next;
} Pair;

static const Twin none;
static Pair *buckets[BUCKETS];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

/* Handles are addresses of things far larger than 64 bytes. */
static Pair **bucket_of(CUgraphExec exec) { return &buckets[((uintptr_t)exec >> 6) % BUCKETS]; }

Twin twin_of(CUgraphExec exec) {
  pthread_rwlock_rdlock(&lock);
  Pair *pair = *bucket_of(exec);
  while (pair && pair->exec != exec) pair = pair->next;
  Twin twin = pair ? pair->twin : none;
  pthread_rwlock_unlock(&lock);
  return twin;
}

int keep_twin(CUgraphExec exec, Twin twin) {
  Pair *pair = malloc(sizeof *pair);
  if (!pair) return 0;
  pthread_rwlock_wrlock(&lock);
  Pair **bucket = bucket_of(exec);
  *pair = (Pair){exec, twin, *bucket};
  *bucket = pair;
  pthread_rwlock_unlock(&lock);
  return 1;
}

Twin take_twin(CUgraphExec exec) {
  pthread_rwlock_wrlock(&lock);
  Pair **link = bucket_of(exec);
  while (*link && (*link)->exec != exec) link = &(*link)->next;
  Pair *pair = *link;
  if (pair) *link = pair->next;
  pthread_rwlock_unlock(&lock);
  Twin twin = pair ? pair->twin : none;
  free(pair);
  return twin;
}

/* A lock that another thread held at a fork stays locked in the child. */
static void renew_lock(void) { pthread_rwlock_init(&lock, NULL); }

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, renew_lock); }
