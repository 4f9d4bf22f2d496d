/* Whatever a program asks the driver for, other than to launch a kernel, waits for the kernels so far
   on the streams where the program put them, unless it is known to have nothing to do with them. */
#include "calls.h"

#include <pthread.h>
#include <string.h>

#include "dispatcher.h"

enum { MOST_CALLS = 512 };

typedef struct {
  const char *start; /* of the names */
  Kind kind;
} Rule;

/* The first that fits counts. */
static const Rule rules[] = {
    {"cuStreamSynchronize", WAITS},        {"cuCtxSynchronize", WAITS},       {"cuEventSynchronize", WAITS},
    {"cuStreamBeginCapture", BEGINS_CAPTURE}, {"cuStreamEndCapture", ENDS_CAPTURE}, {"cuStreamDestroy", ENDS_STREAM},
    {"cuDevicePrimaryCtxReset", ENDS_CONTEXT}, {"cuDevicePrimaryCtxRelease", ENDS_CONTEXT},
    {"hipStreamSynchronize", WAITS},       {"hipDeviceSynchronize", WAITS},   {"hipEventSynchronize", WAITS},
    {"hipStreamBeginCapture", BEGINS_CAPTURE}, {"hipStreamEndCapture", ENDS_CAPTURE}, {"hipStreamDestroy", ENDS_STREAM},
    {"hipDeviceReset", ENDS_CONTEXT},
    {"cuInit", HARMLESS},                  {"cuDevice", HARMLESS},            {"cuDriver", HARMLESS},
    {"cuOccupancy", HARMLESS},             {"cuTensorMap", HARMLESS},         {"cuCtxSetCurrent", HARMLESS},
    {"cuCtxPush", HARMLESS},               {"cuCtxPop", HARMLESS},            {"cuStreamIsCapturing", HARMLESS},
    {"cuStreamCreate", HARMLESS},          {"cuEventCreate", HARMLESS},       {"cuEventQuery", HARMLESS},
    {"cuEventElapsedTime", HARMLESS},      {"cuEventDestroy", HARMLESS},      {"cuFuncSet", HARMLESS},
    {"cuKernelSet", HARMLESS},             {"cuThreadExchange", HARMLESS},    {"", ORDINARY},
};

/* No function of the driver's that only tells something touches a stream. */
static Kind kind_of(const char *name) {
  if (strstr(name, "Get")) return HARMLESS;
  const Rule *rule = rules;
  while (strncmp(name, rule->start, strlen(rule->start))) rule++;
  return rule->kind;
}

static Call calls[MOST_CALLS];
static int call_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int before(Kind kind, void *first) {
  if (kind == HARMLESS || kind == ENDS_CAPTURE) return 0;
  int joined = join();
  if (kind == WAITS) return joined;
  hold();
  if (kind == ENDS_STREAM) forget_stream(first);
  return joined;
}

/* Kernels that are being captured, or have lost their context, stay where the program put them. */
static void after(Kind kind, CUresult result) {
  int is_over = result == CUDA_SUCCESS || result == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (kind == WAITS) has_waited();
  if (kind == ORDINARY || kind == ENDS_STREAM) release();
  if (kind == BEGINS_CAPTURE && result) release();
  if (kind == ENDS_CAPTURE && is_over) release();
}

CUresult pass(Call *call, WORDS) {
  if (!plan()) return call->function(GIVEN);
  if (call->kind == UNKNOWN) call->kind = kind_of(call->name);
  if (before(call->kind, (void *)a)) atomic_fetch_add_explicit(&call->joins, 1, memory_order_relaxed);
  CUresult result = call->function(GIVEN);
  after(call->kind, result);
  return result;
}

/* A function for each call, since all that a program passes on is the arguments. */
#define THUNK(number) \
  static CUresult thunk_##number(WORDS) { return pass(&calls[number], GIVEN); }
#define ADDRESS(number) thunk_##number,
#define ROW(X, start)                                                                              \
  X(start##0) X(start##1) X(start##2) X(start##3) X(start##4) X(start##5) X(start##6) X(start##7) \
  X(start##8) X(start##9) X(start##a) X(start##b) X(start##c) X(start##d) X(start##e) X(start##f)
#define SQUARE(X, start)                                              \
  ROW(X, start##0) ROW(X, start##1) ROW(X, start##2) ROW(X, start##3) \
  ROW(X, start##4) ROW(X, start##5) ROW(X, start##6) ROW(X, start##7) \
  ROW(X, start##8) ROW(X, start##9) ROW(X, start##a) ROW(X, start##b) \
  ROW(X, start##c) ROW(X, start##d) ROW(X, start##e) ROW(X, start##f)
#define EVERY(X) SQUARE(X, 0x0) SQUARE(X, 0x1)

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
  if (kind_of(name) == HARMLESS) return function;
  pthread_mutex_lock(&lock);
  int number = number_of(name, function);
  pthread_mutex_unlock(&lock);
  if (number < MOST_CALLS) return (void *)thunks[number];
  /* Calls that nobody sees could come before kernels that they are to follow. */
  hold();
  return function;
}

void tell_joins(FILE *file) {
  for (int i = 0; i < call_count; i++) {
    unsigned long joins = atomic_load(&calls[i].joins);
    if (joins) fprintf(file, " %s:%lu", calls[i].name, joins);
  }
}
