/* Reads what eclip passes on: ECLIP_GRANULES=[NAME=]0-7+9,[NAME=]8-14, where a NAME is that of a thread, or
   of a range after `nvtx:`; ECLIP_PRIORITY=N; ECLIP_YIELD=1; ECLIP_CUS=N; and the file that ECLIP_SETTINGS names, through
   which `eclip set` changes all of them but the last while the program runs. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interpose.h"

enum { MOST_PRIORITY = 63, MOST_CUS = 4096, LIVE_BYTES = 4096 };

/* The file, as src/run/live-settings.ts writes it. */
typedef struct {
  atomic_uint changes; /* 0: none so far; odd while one is being written */
  int priority, yields;
  char granules[LIVE_BYTES - 12]; /* ends with a zero */
} Live;

/* What the name of a range stands after. */
static const char RANGE[] = "nvtx:";

static Settings asked = {.priority = -1, .yields = -1};
static _Atomic(const Settings *) latest; /* NULL before they were read */
static const Live *live;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A number below a limit, and where it ends; -1 if there is none. */
static long number(const char **text, long limit) {
  if (**text < '0' || **text > '9') return -1;
  char *end;
  long value = strtol(*text, &end, 10);
  *text = end;
  return value < limit ? value : -1;
}

/* 0-7+9: a model's granules, as bits; 0 if they are not that. */
static uint64_t granules(const char **text) {
  uint64_t bits = 0;
  for (;;) {
    long first = number(text, MOST_GRANULES), last = first;
    if (**text == '-') {
      ++*text;
      last = number(text, MOST_GRANULES);
    }
    if (first < 0 || last < first) return 0;
    for (long granule = first; granule <= last; granule++) bits |= 1ull << granule;
    if (**text != '+') return bits;
    ++*text;
  }
}

/* One entry of the list; 0 if it is wrong. */
static int read_model(const char **text, Model *model) {
  size_t length = strcspn(*text, "=,");
  if ((*text)[length] == '=') {
    size_t prefix = strncmp(*text, RANGE, sizeof RANGE - 1) == 0 ? sizeof RANGE - 1 : 0;
    if (length == prefix || length - prefix >= sizeof model->name) return 0;
    memcpy(model->name, *text + prefix, length - prefix);
    model->named = prefix ? IS_RANGE : IS_THREAD;
    *text += length + 1;
  }
  model->granules = granules(text);
  return model->granules != 0;
}

static int read_models(const char *text, Settings *into) {
  into->model_count = 0;
  memset(into->models, 0, sizeof into->models);
  do {
    if (into->model_count == MOST_MODELS) return 0;
    if (!read_model(&text, &into->models[into->model_count])) return 0;
    into->model_count++;
  } while (*text++ == ',');
  return text[-1] == '\0';
}

/* Without the file, which is gone where eclip was killed, the settings stay as they are. */
static const Live *open_live(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  void *mapped = MAP_FAILED;
  if (lseek(file, 0, SEEK_END) == LIVE_BYTES) mapped = mmap(NULL, LIVE_BYTES, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return mapped == MAP_FAILED ? NULL : mapped;
}

static void read_settings(void) {
  const char *list = getenv("ECLIP_GRANULES"), *level = getenv("ECLIP_PRIORITY"), *cus = getenv("ECLIP_CUS");
  const char *yield = getenv("ECLIP_YIELD"), *path = getenv("ECLIP_SETTINGS");
  if (list && *list && !read_models(list, &asked)) {
    asked.model_count = 0;
    say_once(SAY_BAD_SETTINGS, "ECLIP_GRANULES is no list of granules, and is ignored");
  }
  if (level && *level) asked.priority = (int)number(&level, MOST_PRIORITY + 1);
  if (yield && *yield) asked.yields = (int)number(&yield, 2);
  if (cus) asked.cus = (int)number(&cus, MOST_CUS + 1);
  if (path && *path) live = open_live(path);
  atomic_store(&latest, &asked);
}

/* What is prepared for certain models, or for a priority, cannot do without them. */
static int are_alike(const Settings *one, const Settings *other) {
  if (one->model_count != other->model_count || (one->priority < 0) != (other->priority < 0)) return 0;
  for (int model = 0; model < one->model_count; model++)
    if (one->models[model].named != other->models[model].named ||
        strcmp(one->models[model].name, other->models[model].name))
      return 0;
  return 1;
}

/* Reads a change from the file. Others may be reading the settings before it, which therefore stay. */
static const Settings *changed(const Settings *before, unsigned changes) {
  char list[sizeof live->granules];
  Settings *now = changes % 2 == 0 ? malloc(sizeof *now) : NULL;
  if (!now) return before;
  *now = *before;
  now->priority = live->priority;
  now->yields = live->yields;
  memcpy(list, live->granules, sizeof list);
  list[sizeof list - 1] = '\0';
  atomic_thread_fence(memory_order_acquire);
  int is_torn = atomic_load_explicit(&live->changes, memory_order_relaxed) != changes;
  if ((*list && !read_models(list, now)) || !are_alike(before, now)) *now = *before;
  now->changes = changes;
  if (!is_torn && atomic_compare_exchange_strong(&latest, &before, now)) return now;
  free(now);
  return before;
}

const Settings *settings(void) {
  const Settings *now = atomic_load_explicit(&latest, memory_order_acquire);
  if (!now) {
    pthread_once(&once, read_settings);
    now = atomic_load(&latest);
  }
  unsigned changes = live ? atomic_load_explicit(&live->changes, memory_order_acquire) : 0;
  return changes == now->changes ? now : changed(now, changes);
}
