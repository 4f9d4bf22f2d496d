/* A plain CUDA program that knows nothing of eclip: `plain KERNELS.ptx digest`, `… rates burn|copy|none...`,
   `… launches COUNT`. It finds the driver by itself and works in the primary context. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int Result;
typedef void *Handle;
typedef unsigned long long Address;

static void *driver;

#define CALL(name, parameters, ...)                                              \
  do {                                                                           \
    Result (*call_) parameters = (Result(*) parameters)dlsym(driver, #name);     \
    Result result_ = call_ ? call_(__VA_ARGS__) : -1;                            \
    if (result_) {                                                               \
      fprintf(stderr, "%s said %d\n", #name, result_);                           \
      exit(1);                                                                   \
    }                                                                            \
  } while (0)

enum { WORDS = 1 << 20, VECTORS = 1 << 24, BLOCKS = 2112, THREADS = 256 };

static Handle library, context;
static Result (*launch_kernel)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle,
                               void **, void **);

static Handle kernel_named(const char *name) {
  Handle kernel;
  CALL(cuLibraryGetKernel, (Handle *, Handle, const char *), &kernel, library, name);
  return kernel;
}

static Handle new_stream(void) {
  Handle stream;
  CALL(cuStreamCreate, (Handle *, unsigned), &stream, 1);
  return stream;
}

static Address allocated(size_t bytes) {
  Address memory;
  CALL(cuMemAlloc_v2, (Address *, size_t), &memory, bytes);
  CALL(cuMemsetD8_v2, (Address, unsigned char, size_t), memory, 1, bytes);
  CALL(cuCtxSynchronize, (void));
  return memory;
}

static void launch(Handle kernel, unsigned blocks, unsigned threads, Handle stream, void **parameters) {
  Result result = launch_kernel(kernel, blocks, 1, 1, threads, 1, 1, 0, stream, parameters, NULL);
  if (result) fprintf(stderr, "cuLaunchKernel said %d\n", result), exit(1);
}

static void wait_for(Handle stream) { CALL(cuStreamSynchronize, (Handle), stream); }

static double now_s(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Words that two streams change in turn; equal for every run. */
static void digest(void) {
  static uint32_t words[WORDS];
  Handle kernel = kernel_named("mix"), streams[] = {new_stream(), new_stream()};
  Address memory = allocated(sizeof words);
  uint64_t count = WORDS, hash = 1469598103934665603u;
  void *parameters[] = {&memory, &count};
  for (int i = 0; i < 1000; i++) {
    launch(kernel, WORDS / THREADS, THREADS, streams[i % 2], parameters);
    if (i % 10 == 9) wait_for(streams[i % 2]);
    else if (i % 2) wait_for(streams[1]);
    else wait_for(streams[0]);
  }
  CALL(cuMemcpyDtoH_v2, (void *, Address, size_t), words, memory, sizeof words);
  for (int i = 0; i < WORDS; i++) hash = (hash ^ words[i]) * 1099511628211u;
  printf("%016llx\n", (unsigned long long)hash);
}

typedef struct {
  int number;
  const char *name;
  Handle stream;
} Load;

/* Kernels per second in every half of a second, until the program is ended. */
static void *run_load(void *given) {
  const Load *load = given;
  int is_copy = !strcmp(load->name, "copy");
  CALL(cuCtxSetCurrent, (Handle), context);
  Handle kernel = kernel_named(load->name);
  Address to = allocated(16ull * VECTORS), from = is_copy ? allocated(16ull * VECTORS) : 0;
  uint64_t rounds = 2000, vectors = VECTORS;
  void *burning[] = {&to, &rounds}, *copying[] = {&to, &from, &vectors};
  for (;;) {
    double began = now_s();
    int count = 0;
    while (now_s() - began < 0.5) {
      for (int i = 0; i < 16; i++) launch(kernel, BLOCKS, THREADS, load->stream, is_copy ? copying : burning);
      wait_for(load->stream);
      count += 16;
    }
    printf("%d %.2f\n", load->number, count / (now_s() - began));
    fflush(stdout);
  }
  return NULL;
}

/* A stream for each name, made in their order, and a thread for each but "none". */
static void rates(int count, char **names) {
  Load loads[16];
  pthread_t threads[16];
  for (int i = 0; i < count && i < 16; i++) loads[i] = (Load){i, names[i], new_stream()};
  for (int i = 0; i < count && i < 16; i++)
    if (strcmp(names[i], "none")) pthread_create(&threads[i], NULL, run_load, &loads[i]);
  for (;;) pause();
}

/* What a launch takes of the host, in µs, while the device keeps up. */
static void launches(int count) {
  enum { AT_ONCE = 256 };
  Handle kernel = kernel_named("empty"), stream = new_stream();
  double spent = 0;
  for (int i = 0; i < count; i += AT_ONCE) {
    double began = now_s();
    for (int j = 0; j < AT_ONCE; j++) launch(kernel, 1, 32, stream, NULL);
    spent += i < count / 10 ? 0 : now_s() - began;
    wait_for(stream);
  }
  printf("%.4f\n", 1e6 * spent / (0.9 * count));
}

int main(int count, char **words) {
  static char text[65536];
  if (count < 3) return 2;
  FILE *file = fopen(words[1], "rb");
  if (!file || fread(text, 1, sizeof text - 1, file) == 0) return 2;
  driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) return 3;
  launch_kernel = (Result(*)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle,
                             void **, void **))dlsym(driver, "cuLaunchKernel");
  CALL(cuInit, (unsigned), 0);
  CALL(cuDevicePrimaryCtxRetain, (Handle *, int), &context, 0);
  CALL(cuCtxSetCurrent, (Handle), context);
  CALL(cuLibraryLoadData, (Handle *, void *, void *, void *, unsigned, void *, void *, unsigned), &library, text, NULL,
       NULL, 0, NULL, NULL, 0);
  if (!strcmp(words[2], "digest")) digest();
  else if (!strcmp(words[2], "rates")) rates(count - 3, words + 3);
  else if (!strcmp(words[2], "launches") && count > 3) launches(atoi(words[3]));
  return 0;
}
