/* Whatever a program asks the driver for, other than to launch a kernel, waits for the kernels so far
   on the streams where the program put them, unless it is known to have nothing to do with them. */
#include "calls.h"

#include <pthread.h>
#include <string.h>

#include "busy.h"
#include "dispatcher.h"

enum { MOST_CALLS = 1024 };

/* What a call means for kernels on streams of which the program knows nothing. */
typedef enum {
  HARMLESS, ASKS_FOR_EVENT, WAITS_FOR_EVENT,
  ORDINARY, ASKS, RECORDS, COPIES_BACK, WAITS, BEGINS_CAPTURE, ENDS_CAPTURE, ENDS_PLAN
} Kind;

/* How functions are called whose names begin so, and which argument is their stream: the common ones,
   so that they leave kernels of other streams alone. */
typedef struct Rule {
  const char *start;
  Kind kind;
  int stream_at;
} Rule;

enum { ANY = -1 };

/* The first that fits counts. */
static const Rule rules[] = {
    {"StreamSynchronize", WAITS, 0}, {"CtxSynchronize", WAITS, ANY}, {"DeviceSynchronize", WAITS, ANY},
    {"EventSynchronize", WAITS_FOR_EVENT, ANY}, {"StreamBeginCapture", BEGINS_CAPTURE, ANY},
    {"StreamEndCapture", ENDS_CAPTURE, ANY}, {"DevicePrimaryCtxReset", ENDS_PLAN, ANY},
    {"DevicePrimaryCtxRelease", ENDS_PLAN, ANY}, {"DeviceReset", ENDS_PLAN, ANY},
    {"GetProcAddress", ENDS_PLAN, ANY}, {"MemcpyHtoDAsync", ORDINARY, 3}, {"MemcpyDtoHAsync", ORDINARY, 3}, {"MemcpyDtoH", COPIES_BACK, ANY},
    {"MemcpyDtoDAsync", ORDINARY, 3}, {"MemsetD8Async", ORDINARY, 3}, {"MemsetD32Async", ORDINARY, 3},
    {"StreamWaitEvent", ORDINARY, 0}, {"StreamQuery", ASKS, 0}, {"EventRecord", RECORDS, 1},
    {"Graphics", ORDINARY, ANY}, {"GraphLaunch", ORDINARY, 1}, {"GraphUpload", ORDINARY, 1},
    {"Graph", HARMLESS, ANY}, {"Init", HARMLESS, ANY}, {"Device", HARMLESS, ANY}, {"Driver", HARMLESS, ANY},
    {"Occupancy", HARMLESS, ANY}, {"TensorMap", HARMLESS, ANY}, {"CtxSetCurrent", HARMLESS, ANY},
    {"CtxPush", HARMLESS, ANY}, {"CtxPop", HARMLESS, ANY}, {"StreamIsCapturing", HARMLESS, ANY},
    {"StreamCreate", HARMLESS, ANY}, {"EventCreate", HARMLESS, ANY}, {"EventQuery", ASKS_FOR_EVENT, ANY},
    {"EventElapsedTime", HARMLESS, ANY}, {"EventDestroy", HARMLESS, ANY}, {"FuncSet", HARMLESS, ANY},
    {"KernelSet", HARMLESS, ANY}, {"ThreadExchange", HARMLESS, ANY},
    {"TexRef", HARMLESS, ANY}, {"Param", HARMLESS, ANY}, {"", ORDINARY, ANY},
};
static const Rule asks = {"", HARMLESS, ANY};

/* No function of the driver's that only tells something touches a stream. */
static const Rule *rule_of(const char *name) {
  const Rule *rule = rules;
  name += name[0] == 'c' ? strlen("cu") : strlen("hip");
  while (strncmp(name, rule->start, strlen(rule->start))) rule++;
  return *rule->start == '\0' && strstr(name, "Get") ? &asks : rule;
}

static Call calls[MOST_CALLS];
static int call_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether the program knows by a call how far it is, or may know it later. */
static int tells(Kind kind) {
  return kind != HARMLESS && kind != ORDINARY && kind < BEGINS_CAPTURE;
}

/* Without a plan, a call is only watched. */
static CUresult watch(Call *call, void *stream, WORDS) {
  Kind kind = call->rule->kind;
  int is_event = kind == ASKS_FOR_EVENT || kind == WAITS_FOR_EVENT;
  if (kind == COPIES_BACK) stream = NULL;
  Progress progress = is_event ? progress_at((void *)a) : progress_on(stream);
  CUresult result = call->function(GIVEN);
  if (result == CUDA_SUCCESS && kind == RECORDS) remember_event((void *)a, progress);
  else if (result == CUDA_SUCCESS && tells(kind)) note_over(progress);
  return result;
}

CUresult pass(Call *call, WORDS) {
  if (!plan() && settings()->priority < 0) return call->function(GIVEN);
  if (!call->rule) call->rule = rule_of(call->name);
  const Word words[] = {a, b, c, d};
  Kind kind = call->rule->kind;
  void *stream = call->rule->stream_at == ANY ? ANY_STREAM : (void *)words[call->rule->stream_at];
  if (!plan()) return watch(call, stream, GIVEN);
  int is_order = kind >= ORDINARY;
  if (is_order && join(stream)) atomic_fetch_add_explicit(&call->joins, 1, memory_order_relaxed);
  if (kind == ENDS_PLAN) end_plan();
  atomic_int *held = is_order && kind != WAITS ? hold(stream) : NULL;
  CUresult result = call->function(GIVEN);
  int is_over = result == CUDA_SUCCESS || result == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  /* Kernels that are being captured stay where the program put them. */
  if (held && (kind != BEGINS_CAPTURE || result)) release(held);
  if (kind == ENDS_CAPTURE && is_over) release(held);
  if (kind == WAITS || kind == WAITS_FOR_EVENT) has_waited();
  return result;
}

/* A function for each call, since all that a program passes on is the arguments. */
#define THUNK(number) static CUresult thunk_##number(WORDS) { return pass(&calls[number], GIVEN); }
#define ADDRESS(number) thunk_##number,
#define ROW(X, start)                                                                              \
  X(start##0) X(start##1) X(start##2) X(start##3) X(start##4) X(start##5) X(start##6) X(start##7) \
  X(start##8) X(start##9) X(start##a) X(start##b) X(start##c) X(start##d) X(start##e) X(start##f)
#define SQUARE(X, start)                                              \
  ROW(X, start##0) ROW(X, start##1) ROW(X, start##2) ROW(X, start##3) \
  ROW(X, start##4) ROW(X, start##5) ROW(X, start##6) ROW(X, start##7) \
  ROW(X, start##8) ROW(X, start##9) ROW(X, start##a) ROW(X, start##b) \
  ROW(X, start##c) ROW(X, start##d) ROW(X, start##e) ROW(X, start##f)
#define EVERY(X) SQUARE(X, 0x0) SQUARE(X, 0x1) SQUARE(X, 0x2) SQUARE(X, 0x3)

EVERY(THUNK)
static CUresult (*const thunks[MOST_CALLS])(WORDS) = {EVERY(ADDRESS)};

static int number_of(const char *name, void *function) {
  int number = 0;
  while (number < call_count && (void *)calls[number].function != function) number++;
  if (number < call_count || number == MOST_CALLS) return number;
  char *copy = strdup(name);
  if (!copy) return MOST_CALLS;
  calls[number].name = copy;
  calls[number].function = (CUresult(*)(WORDS))function;
  call_count++;
  return number;
}

void *passing(const char *name, void *function) {
  Kind kind = rule_of(name)->kind;
  if (plan() ? kind == HARMLESS || kind == ASKS_FOR_EVENT : !tells(kind)) return function;
  pthread_mutex_lock(&lock);
  int number = number_of(name, function);
  pthread_mutex_unlock(&lock);
  if (number < MOST_CALLS) return (void *)thunks[number];
  say_once(SAY_PLAN_ENDS, "the driver has more functions than there is room for: kernels run anywhere");
  end_plan();
  return function;
}

void tell_joins(FILE *file) {
  for (int i = 0; i < call_count; i++) {
    unsigned long joins = atomic_load(&calls[i].joins);
    if (joins) fprintf(file, " %s:%lu", calls[i].name, joins);
  }
}
