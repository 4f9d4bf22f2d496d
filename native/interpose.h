/* The parts of the library, and what each asks of the others. */
#ifndef ECLIP_INTERPOSE_H
#define ECLIP_INTERPOSE_H

#include "driver.h"

#define EXPORT __attribute__((visibility("default")))
#define HIDDEN __attribute__((visibility("hidden")))

enum { MOST_MODELS = 16, MOST_GRANULES = 64, WHOLE_DEVICE = -1 };
/* Any stream, where one is to be named. */
#define ANY_STREAM ((void *)-1)

/* settings.c: what the user asked for, in ECLIP_GRANULES, ECLIP_PRIORITY, ECLIP_YIELD, ECLIP_CUS and
   ECLIP_SETTINGS. */
typedef enum { IS_THREAD, IS_RANGE } Named;

typedef struct {
  char name[64]; /* the start of a name, or empty: by order of creation */
  Named named;
  uint64_t granules; /* bit i: granule i */
} Model;

typedef struct {
  int model_count; /* 0: streams and graphs stay where they are */
  Model models[MOST_MODELS];
  int priority; /* levels above the lowest; -1: priorities stay as they are */
  int yields; /* 1: launches wait while a program of a higher level is busy; 0: not now; -1: never */
  int cus; /* what a device is said to have at least; 0: what the driver says */
  unsigned changes; /* how often they had been changed when they were read */
} Settings;

/* As they are now. They may change from one call to the next, but not in which models there are, nor
   in whether there is a priority. */
HIDDEN const Settings *settings(void);

/* entry.c: the driver's own functions, by the name under which it exports them. */
HIDDEN void *driver_function(const char *name);
/* The driver's function that the program would have called in place of a hook of ours. */
HIDDEN void *original(const char *hook);

/* The same, looked up once. It may be NULL. */
#define ORIGINAL(hook)                                   \
  ({                                                     \
    static void *original_;                              \
    if (!original_) original_ = original(#hook);         \
    original_;                                           \
  })

/* Calls a function of the driver that may be missing; a missing one says CUDA_ERROR_NOT_FOUND. */
#define DRIVER(name, parameters, ...)                                        \
  ({                                                                         \
    static void *found_;                                                     \
    if (!found_) found_ = driver_function(#name);                            \
    found_ ? ((CUresult(*) parameters)found_)(__VA_ARGS__) : CUDA_ERROR_NOT_FOUND; \
  })

/* rules.c: which model a stream or a graph belongs to; WHOLE_DEVICE if to none. */
HIDDEN int model_of_stream(int priority);
HIDDEN int model_of_graph(void);
/* The first model whose name a thread's or a range's starts with. */
HIDDEN int model_named(const char *name, Named named);

/* ranges.c: the model of the NVTX ranges that are open in this thread, the innermost that has one. */
HIDDEN int model_of_range(void);

/* partitions.c: where each model's kernels run. */
typedef struct {
  CUgreenCtx green;
  CUcontext context;
} Partition;

/* A model's partition of the current device; NULL where there can be none. */
HIDDEN const Partition *partition_of(int model);
/* Makes a partition of the current device over some granules; 0 where there can be none. */
HIDDEN int make_partition(uint64_t granules, Partition *made);
/* The model whose partition a context is; WHOLE_DEVICE if it is none. */
HIDDEN int model_of_context(CUcontext context);

/* priorities.c */
/* The driver's number for the priority asked for, above the program's own. */
HIDDEN int driver_priority(int own);
/* The same for so many levels above a priority of the driver's. */
HIDDEN int raised(int own, int levels);
/* Says which priority the program asked for when a stream was made, and which it got. */
HIDDEN void remember_priority(CUstream stream, int own, int raised);
/* The driver's number for the priority that a launch on a stream has to be given, if the stream has another. */
enum { PRIORITY_OF_STREAM = 1 };
HIDDEN int launch_priority(CUstream stream);

/* capture.c: the library's own calls must not end a capture that is under way. */
HIDDEN int relax_capture(void);
HIDDEN void restore_capture(int mode);

/* say.c: says a thing to the user, once. */
typedef enum {
  SAY_NO_PARTITIONS,
  SAY_NOT_ON_DEVICE,
  SAY_OTHER_CONTEXT,
  SAY_BLOCKING_STREAM,
  SAY_NO_STREAM,
  SAY_GRAPH_STAYS,
  SAY_GRAPH_WHOLE,
  SAY_KERNEL_STAYS,
  SAY_NO_LAUNCH_PRIORITY,
  SAY_NOT_THERE,
  SAY_NOT_PLANNED,
  SAY_PLAN_ENDS,
  SAY_BAD_SETTINGS,
  SAY_TOO_MANY_PARTITIONS,
  SAY_COUNT
} Remark;
HIDDEN void say_once(Remark remark, const char *text);

#endif
