/* Reads what eclip passes on: ECLIP_GRANULES=[NAME=]0-7+9,[NAME=]8-14, ECLIP_PRIORITY=N and ECLIP_CUS=N. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"

enum { MOST_PRIORITY = 63, MOST_CUS = 4096 };

static Settings asked = {.priority = -1};
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
    if (length == 0 || length >= sizeof model->thread) return 0;
    memcpy(model->thread, *text, length);
    *text += length + 1;
  }
  model->granules = granules(text);
  return model->granules != 0;
}

static int read_models(const char *text) {
  do {
    if (asked.model_count == MOST_MODELS) return 0;
    if (!read_model(&text, &asked.models[asked.model_count])) return 0;
    asked.model_count++;
  } while (*text++ == ',');
  return text[-1] == '\0';
}

static void read_settings(void) {
  const char *list = getenv("ECLIP_GRANULES"), *level = getenv("ECLIP_PRIORITY"), *cus = getenv("ECLIP_CUS");
  if (list && *list && !read_models(list)) {
    asked.model_count = 0;
    say_once(SAY_BAD_SETTINGS, "ECLIP_GRANULES is no list of granules, and is ignored");
  }
  if (level && *level) asked.priority = (int)number(&level, MOST_PRIORITY + 1);
  if (cus) asked.cus = (int)number(&cus, MOST_CUS + 1);
}

const Settings *settings(void) {
  pthread_once(&once, read_settings);
  return &asked;
}
