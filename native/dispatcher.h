/* dispatcher.c: the paper's run-time scheduler, for any vendor's streams. */
#ifndef ECLIP_DISPATCHER_H
#define ECLIP_DISPATCHER_H

#include <stdatomic.h>

#include "plan.h"

/* What the scheduler asks of a runtime. Streams and events are of one context. */
typedef struct {
  /* The current context; NULL if there is none. */
  void *(*context)(void);
  /* Makes a context current. */
  void (*enter)(void *context);
  /* Whether a stream other than the default ones never waits for the default stream. */
  int (*is_free)(void *stream);
  /* A stream on the compute units of a place; NULL if there can be none. */
  void *(*make_stream)(const Place *place);
  void *(*make_event)(void);
  int (*is_idle)(void *stream);
  /* Lets what is put on `after` from now on wait for what is on `before`; 0 if the device refused. */
  int (*order)(void *event, void *before, void *after);
  void (*wait)(void *stream);
} Device;

extern HIDDEN const Device cuda, hip;

/* A launch of a kernel, which can be put on any stream, by default that which the program named, so many
   levels above the lowest priority, or with that of the stream if -1. Returns the runtime's status, 0 if
   all is well. */
typedef struct Launch Launch;
struct Launch {
  int (*start)(const Launch *launch, void *stream, int level);
  uint64_t kernel; /* what tells it from other launches */
};

/* Puts a kernel where the plan says, or else on the stream that the program named. `is_per_thread`:
   without a stream, the program means its thread's. */
HIDDEN int dispatch(const Device *device, void *stream, int is_per_thread, const Launch *launch);
/* Names a kernel by what is the same at every launch of it. */
HIDDEN uint64_t name_of(const uint64_t *words, int count);

/* From here to `release`, kernels of a stream of the program's stay there, and it waits for those before.
   Returns what is to be released. */
HIDDEN atomic_int *hold(void *stream);
HIDDEN void release(atomic_int *held);
/* Lets a stream of the program's wait for all kernels so far. Whether there was any to wait for. */
HIDDEN int join(void *stream);

/* Says that the thread has waited for the device. */
HIDDEN void has_waited(void);
/* All kernels stay from now on: there are calls that nobody sees, or contexts that are no more. */
HIDDEN void end_plan(void);

#endif
