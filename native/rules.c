/* Which model a stream or a graph belongs to: by the name of the thread that makes it where the user
   gave names, else by order of creation. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "interpose.h"

enum { PRIORITIES = 64 };

/* Frameworks make a stream of every priority at a time, and use those of one: each counts apart. */
static atomic_uint streams_made[PRIORITIES];
static atomic_uint graphs_made;

static int model_of_thread(void) {
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  for (int model = 0; model < settings()->model_count; model++) {
    const char *start = settings()->models[model].thread;
    if (*start && strncmp(name, start, strlen(start)) == 0) return model;
  }
  return WHOLE_DEVICE;
}

static int in_turn(atomic_uint *made) {
  return (int)(atomic_fetch_add(made, 1) % (unsigned)settings()->model_count);
}

static int has_names(void) { return settings()->models[0].thread[0] != '\0'; }

int model_of_stream(int priority) {
  if (settings()->model_count == 0) return WHOLE_DEVICE;
  return has_names() ? model_of_thread() : in_turn(&streams_made[(unsigned)-priority % PRIORITIES]);
}

int model_of_graph(void) {
  if (settings()->model_count == 0) return WHOLE_DEVICE;
  return has_names() ? model_of_thread() : in_turn(&graphs_made);
}
