/* dispatcher.c: the paper's run-time scheduler, for any vendor's streams. */
#ifndef ECLIP_DISPATCHER_H
#define ECLIP_DISPATCHER_H

#include "plan.h"

/* What the scheduler asks of a runtime. Streams and events are of one context. */
typedef struct {
  /* A stream on the compute units of a place, which waits for no other; NULL if there can be none. */
  void *(*make_stream)(const Place *place);
  void *(*make_event)(void);
  int (*is_idle)(void *stream);
  /* Lets what is put on `after` from now on wait for what is on `before`; 0 if the device refused. */
  int (*order)(void *event, void *before, void *after);
  void (*wait)(void *stream);
  /* Makes a context the thread's own, and returns the one before it. */
  void *(*enter)(void *context);
} Device;

/* A launch of a kernel, which can be put on any stream, so many levels above the lowest priority, or
   with that of the stream if -1. Returns the runtime's status, 0 if all is well. */
typedef struct Launch Launch;
struct Launch {
  int (*start)(const Launch *launch, void *stream, int level);
  uint64_t kernel; /* what tells it from other launches */
};

/* Launches a kernel that the program put on a stream. The stream must wait for the default stream
   either never or, if it is that itself, always. */
HIDDEN int dispatch(const Device *device, void *context, void *stream, const Launch *launch);

/* From here to `release`, all kernels stay on the program's streams, which wait for those before. */
HIDDEN void hold(void);
HIDDEN void release(void);
/* Lets the program's streams wait for all kernels so far. Whether there was any to wait for. */
HIDDEN int join(void);

/* Says that the thread has waited for the device. */
HIDDEN void has_waited(void);
/* Says that a stream is no more, and its handle may come to mean another. */
HIDDEN void forget_stream(void *stream);

#endif
