/* A program that knows nothing of the library, and does what its words say, one after the other: LETTER[NUMBER], of
   which the number is a stream (0: the default one), or as said. It prints the time after each, in µs. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../driver.h"

static void *driver;
static CUstream streams[4];

/* As the CUDA runtime does. */
static void *get(const char *name) {
  CUresult (*find)(const char *, void **, int, uint64_t, int *) = dlsym(driver, "cuGetProcAddress_v2");
  void *found = NULL;
  find(name, &found, 13000, 0, NULL);
  return found ? found : dlsym(driver, name);
}

#define CALL(name, parameters, ...) ((CUresult(*) parameters)get(name))(__VA_ARGS__)

static CUgraphExec graph_of(int count) {
  int types[32] = {NODE_KERNEL};
  CUgraph graph;
  CUgraphExec exec;
  CUresult (*make)(CUgraph *, int, const int *) = dlsym(driver, "fakeGraph");
  if (make(&graph, count, types)) exit(1);
  if (CALL("cuGraphInstantiate", (CUgraphExec *, CUgraph, uint64_t), &exec, graph, 0)) exit(1);
  return exec;
}

static CUresult launch(CUstream stream) {
  return CALL("cuLaunchKernel",
              (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void **, void **),
              NULL, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL);
}

static CUresult sleep_us(long us) { return nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL); }

/* Until when the first program on the page is busy, and its level. */
static CUresult show(void) {
  char path[4096];
  long long word = 0;
  snprintf(path, sizeof path, "%s/busy", getenv("CUDA_MPS_PIPE_DIRECTORY"));
  FILE *file = fopen(path, "r");
  if (file && fread(&word, sizeof word, 1, file) == 1) printf("%lld/%lld ", word >> 6, word & 63);
  return file ? fclose(file) : 0;
}

static CUresult step(char letter, long number, CUgraphExec exec, CUevent event) {
  CUstream stream = streams[number & 3];
  CUgraph captured;
  switch (letter) {
    case 'k': return launch(stream);
    case 'g': return CALL("cuGraphLaunch", (CUgraphExec, CUstream), exec, stream);
    case 's': return CALL("cuStreamSynchronize", (CUstream), stream);
    case 'q': return CALL("cuStreamQuery", (CUstream), stream);
    case 'c': return CALL("cuCtxSynchronize", (void));
    case 'r': return CALL("cuEventRecord", (CUevent, CUstream), event, stream);
    case 'e': return CALL("cuEventSynchronize", (CUevent), event);
    case 'a': return CALL("cuEventQuery", (CUevent), event), 0;
    case 'b': return CALL("cuStreamBeginCapture_v2", (CUstream, int), stream, 0);
    case 'E': return CALL("cuStreamEndCapture", (CUstream, CUgraph *), stream, &captured);
    case 'w': return sleep_us(number); /* so many µs */
    case 'p': return show();
    case 'i': return puts("waits"), fflush(stdout), getchar() == EOF; /* until its input says go on */
    case 'd': return CALL("cuMemcpyDtoH_v2", (void *, unsigned long long, size_t), &captured, (uintptr_t)&stream, 1);
  }
  return 1;
}

int main(int count, char **words) {
  const char *nodes = getenv("NODES");
  CUevent event;
  driver = dlopen("libcuda.so.1", RTLD_LAZY);
  for (int i = 1; i < 4; i++)
    if (CALL("cuStreamCreate", (CUstream *, unsigned), &streams[i], STREAM_NON_BLOCKING)) return 1;
  CUgraphExec exec = graph_of(nodes ? atoi(nodes) : 1);
  if (CALL("cuEventCreate", (CUevent *, unsigned), &event, 0)) return 1;
  for (int i = 1; i < count; i++) {
    struct timespec now;
    if (step(words[i][0], atol(words[i] + 1), exec, event)) return 1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%lld\n", now.tv_sec * 1000000ll + now.tv_nsec / 1000);
  }
  return 0;
}
