/* Which model a stream or a graph belongs to: by the NVTX range or the thread that makes it where the
   user gave their names, else by order of creation. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "interpose.h"

enum { PRIORITIES = 64 };

/* Frameworks make a stream of every priority at a time, and use those of one: each counts apart. */
static atomic_uint streams_made[PRIORITIES];
static atomic_uint graphs_made;

int model_named(const char *name, Named named) {
  const Settings *asked = settings();
  for (int model = 0; model < asked->model_count; model++) {
    const Model *one = &asked->models[model];
    if (*one->name && one->named == named && strncmp(name, one->name, strlen(one->name)) == 0) return model;
  }
  return WHOLE_DEVICE;
}

static int model_by_name(void) {
  char thread[16] = "";
  int model = model_of_range();
  if (model != WHOLE_DEVICE) return model;
  pthread_getname_np(pthread_self(), thread, sizeof thread);
  return model_named(thread, IS_THREAD);
}

static int in_turn(atomic_uint *made) {
  return (int)(atomic_fetch_add(made, 1) % (unsigned)settings()->model_count);
}

static int has_names(void) { return settings()->models[0].name[0] != '\0'; }

int model_of_stream(int priority) {
  if (settings()->model_count == 0) return WHOLE_DEVICE;
  return has_names() ? model_by_name() : in_turn(&streams_made[(unsigned)-priority % PRIORITIES]);
}

int model_of_graph(void) {
  if (settings()->model_count == 0) return WHOLE_DEVICE;
  return has_names() ? model_by_name() : in_turn(&graphs_made);
}
