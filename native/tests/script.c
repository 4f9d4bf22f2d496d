/* A program that knows nothing of the library. Its first word says how it finds the driver, the others
   what it does, one after the other: kNUMBER launches a kernel on the stream at hand, sNUMBER takes
   another stream, of which 0 is the default stream and those from 8 on wait for it. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../driver.h"

static void *driver;

#ifdef LINKED
typedef void Any(void);
Any cuCtxGetLimit, cuStreamCreate, cuStreamDestroy_v2, cuStreamSynchronize, cuCtxSynchronize, cuEventCreate,
    cuEventRecordWithFlags, cuStreamWaitEvent, cuLaunchKernel, cuLaunchKernelEx, cuLaunchCooperativeKernel,
    cuMemsetD8Async, cuGraphLaunch, cuStreamBeginCapture_v2, cuStreamEndCapture, cuDevicePrimaryCtxReset_v2;
#define GET(name) (void *)name
#else
static uint64_t proc_flags;

/* As the CUDA runtime does. */
static void *get(const char *name) {
  CUresult (*find)(const char *, void **, int, uint64_t, int *) = dlsym(driver, "cuGetProcAddress_v2");
  void *function = NULL;
  size_t length = strlen(name);
  char plain[64] = "";
  memcpy(plain, name, length - (strcmp(name + length - 3, "_v2") ? 0 : 3));
  if (find(plain, &function, 13000, proc_flags, NULL)) find(plain, &function, 13000, 0, NULL);
  return function;
}
static void *symbol(const char *name) { return dlsym(driver, name); }
static void *(*way)(const char *) = get;
#define GET(name) way(#name)
#endif

#define CALL(name, parameters, ...)                                          \
  do {                                                                       \
    void *volatile function_ = GET(name);                                    \
    int result_ = ((CUresult(*) parameters)function_)(__VA_ARGS__);          \
    if (result_) fprintf(stderr, #name ": error %d\n", result_), exit(1);    \
  } while (0)

static CUstream streams[16];
static __thread CUstream *on = streams;
static CUevent event;

static void launch(long number) {
  LaunchConfig config = {{1, 2, 3}, {4, 5, 6}, 7, *on, NULL, 0};
  if (number % 2)
    CALL(cuLaunchKernel,
         (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void **, void **),
         (CUfunction)number, 1, 2, 3, 4, 5, 6, 7, *on, NULL, NULL);
  else
    CALL(cuLaunchKernelEx, (const LaunchConfig *, CUfunction, void **, void **), &config, (CUfunction)number, NULL,
         NULL);
}

/* As another thread would, during a call of the driver's. */
void amid(void) { launch(1); }

static void take(int number) {
  on = &streams[number];
  if (number && !*on) CALL(cuStreamCreate, (CUstream *, unsigned), on, number < 8);
}

static void limit(void) {
  size_t value;
  CALL(cuCtxGetLimit, (size_t *, int), &value, 0);
}
static void mark(void) { CALL(cuEventRecordWithFlags, (CUevent, CUstream, unsigned), event, *on, 1); }
static void await(void) { CALL(cuStreamWaitEvent, (CUstream, CUevent, unsigned), *on, event, 1); }
static void set(void) {
  CALL(cuMemsetD8Async, (unsigned long long, unsigned char, size_t, CUstream), 1ull << 40, 2, 3, *on);
}
static void cooperative(void) {
  CALL(cuLaunchCooperativeKernel,
       (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void *), &event, 1, 2, 3,
       4, 5, 6, 7, *on, &event);
}
static void graph(void) { CALL(cuGraphLaunch, (CUgraphExec, CUstream), NULL, *on); }
static void wait(void) { CALL(cuStreamSynchronize, (CUstream), *on); }
static void all(void) { CALL(cuCtxSynchronize, (void)); }
static void begin(void) { CALL(cuStreamBeginCapture_v2, (CUstream, int), *on, 0); }
static void finish(void) {
  CUgraph made;
  CALL(cuStreamEndCapture, (CUstream, CUgraph *), *on, &made);
}
static void end(void) {
  CALL(cuStreamDestroy_v2, (CUstream), *on);
  *on = NULL, on = streams;
}
static void reset(void) { CALL(cuDevicePrimaryCtxReset_v2, (CUdevice), 0); }
static void legacy(void) { streams[15] = (CUstream)1, on = &streams[15]; }
static void own(void) { streams[15] = (CUstream)2, on = &streams[15]; }
static void forked(void) {
  if (fork() == 0) _exit(0);
}

static const struct {
  const char *name;
  void (*run)(void);
} deeds[] = {{"limit", limit}, {"mark", mark},   {"await", await},   {"set", set},     {"cooperative", cooperative},
             {"graph", graph}, {"sync", wait},   {"all", all},       {"begin", begin}, {"finish", finish},
             {"end", end},     {"reset", reset}, {"legacy", legacy}, {"own", own},     {"fork", forked}};

static void run(const char *word) {
  if (word[0] == 'k') launch(atol(word + 1));
  else if (word[0] == 's' && word[1] <= '9') take(atoi(word + 1));
  for (unsigned i = 0; i < sizeof deeds / sizeof *deeds; i++)
    if (!strcmp(deeds[i].name, word)) deeds[i].run();
}

static void *run_part(void *words) {
  for (char **word = words; *word && strcmp(*word, "+"); word++) run(*word);
  return NULL;
}

int main(int count, char **words) {
  driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!driver || count < 2) return 3;
#ifndef LINKED
  if (!strcmp(words[1], "symbol")) way = symbol;
  if (!strcmp(words[1], "per-thread")) proc_flags = PROC_ADDRESS_PER_THREAD_STREAM;
#endif
  CALL(cuEventCreate, (CUevent *, unsigned), &event, EVENT_DISABLE_TIMING);
  /* Between words + are those of threads that run together. */
  pthread_t threads[16];
  int thread_count = 0;
  for (int i = 1; i < count; i++)
    if (i == 1 || !strcmp(words[i], "+")) pthread_create(&threads[thread_count++], NULL, run_part, &words[i + 1]);
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  return 0;
}
