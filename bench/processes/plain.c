/* A plain CUDA program that knows nothing about eclip: `plain KERNELS.ptx digest`, `… rates burn|copy|none[@WAY]...`,
   `… launches COUNT WAY...`. It finds the driver by itself and works in the primary context. A WAY says where to launch:
   - `own`: a stream without a priority;
   - `prior`: a stream with a level above the lowest;
   - `default`: the legacy default stream;
   - `attribute`: the default stream, with that level as an attribute of the launch;
   - `given`: the default stream, after it was given that level itself;
   - `green`: a stream of a green context of the whole device. */
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

/* CUlaunchAttribute and CUlaunchConfig. */
typedef struct {
  int id, padding;
  int value[16];
} Attribute;
typedef struct {
  unsigned grid[3], block[3], shared_bytes;
  Handle stream;
  Attribute *attributes;
  unsigned attribute_count;
} Config;
static Result (*launch_with)(const Config *, Handle, void **, void **);
static Attribute level = {.id = 8, .value = {-1}};

static Handle kernel_named(const char *name) {
  Handle kernel;
  CALL(cuLibraryGetKernel, (Handle *, Handle, const char *), &kernel, library, name);
  return kernel;
}

/* Where and how kernels are launched. */
typedef struct {
  Handle stream;
  int has_attribute;
} Way;

static Handle new_stream(int priority) {
  Handle stream;
  CALL(cuStreamCreateWithPriority, (Handle *, unsigned, int), &stream, 1, priority);
  return stream;
}

static Handle new_green_stream(void) {
  static char whole[256];
  Handle description, green, stream;
  CALL(cuDeviceGetDevResource, (int, void *, int), 0, whole, 1);
  CALL(cuDevResourceGenerateDesc, (Handle *, void *, unsigned), &description, whole, 1);
  CALL(cuGreenCtxCreate, (Handle *, Handle, int, unsigned), &green, description, 0, 1);
  CALL(cuGreenCtxStreamCreate, (Handle *, Handle, unsigned, int), &stream, green, 1, 0);
  return stream;
}

static Way way_named(const char *name) {
  Way way = {0};
  if (!strcmp(name, "own")) way.stream = new_stream(0);
  else if (!strcmp(name, "prior")) way.stream = new_stream(-1);
  else if (!strcmp(name, "green")) way.stream = new_green_stream();
  else if (!strcmp(name, "attribute")) way.has_attribute = 1;
  else if (!strcmp(name, "given")) CALL(cuStreamSetAttribute, (Handle, int, int *), NULL, level.id, level.value);
  else if (strcmp(name, "default")) fprintf(stderr, "no way is called %s\n", name), exit(2);
  return way;
}

static Address allocated(size_t bytes) {
  Address memory;
  CALL(cuMemAlloc_v2, (Address *, size_t), &memory, bytes);
  CALL(cuMemsetD8_v2, (Address, unsigned char, size_t), memory, 1, bytes);
  CALL(cuCtxSynchronize, (void));
  return memory;
}

static void launch(Handle kernel, unsigned blocks, unsigned threads, Way way, void **parameters) {
  Config config = {{blocks, 1, 1}, {threads, 1, 1}, 0, way.stream, &level, 1};
  Result result;
  if (way.has_attribute) result = launch_with(&config, kernel, parameters, NULL);
  else result = launch_kernel(kernel, blocks, 1, 1, threads, 1, 1, 0, way.stream, parameters, NULL);
  if (result) fprintf(stderr, "a launch said %d\n", result), exit(1);
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
  Handle kernel = kernel_named("mix"), streams[] = {new_stream(0), new_stream(0)};
  Address memory = allocated(sizeof words);
  uint64_t count = WORDS, hash = 1469598103934665603u;
  void *parameters[] = {&memory, &count};
  for (int i = 0; i < 1000; i++) {
    launch(kernel, WORDS / THREADS, THREADS, (Way){streams[i % 2], 0}, parameters);
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
  Way way;
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
      for (int i = 0; i < 16; i++) launch(kernel, BLOCKS, THREADS, load->way, is_copy ? copying : burning);
      wait_for(load->way.stream);
      count += 16;
    }
    printf("%d %.2f\n", load->number, count / (now_s() - began));
    fflush(stdout);
  }
  return NULL;
}

/* A stream of its own, or another way, for each name in their order, and a thread for each but "none". */
static void rates(int count, char **names) {
  Load loads[16];
  pthread_t threads[16];
  for (int i = 0; i < count && i < 16; i++) {
    const char *name = strtok(names[i], "@"), *way = strtok(NULL, "@");
    loads[i] = (Load){i, name, way_named(way ? way : "own")};
  }
  for (int i = 0; i < count && i < 16; i++)
    if (strcmp(names[i], "none")) pthread_create(&threads[i], NULL, run_load, &loads[i]);
  for (;;) pause();
}

static int by_size(const void *one, const void *other) {
  double difference = *(const double *)one - *(const double *)other;
  return (difference > 0) - (difference < 0);
}

/* What a launch takes of the host while the device keeps up, in each of some ways in turn: the median in µs of as
   many launches at once, and what the driver says is the priority of the stream. */
static void launches(int count, int way_count, char **names) {
  enum { AT_ONCE = 256, MOST_WAYS = 8, WARM_UP = 10, MOST_TURNS = 10000 };
  static double us[MOST_WAYS][MOST_TURNS];
  int turns = count / AT_ONCE < MOST_TURNS ? count / AT_ONCE : MOST_TURNS, priority;
  Way ways[MOST_WAYS];
  Handle kernel = kernel_named("empty");
  if (way_count > MOST_WAYS) way_count = MOST_WAYS;
  for (int i = 0; i < way_count; i++) ways[i] = way_named(names[i]);
  for (int turn = -WARM_UP; turn < turns; turn++)
    for (int i = 0; i < way_count; i++) {
      double began = now_s();
      for (int j = 0; j < AT_ONCE; j++) launch(kernel, 1, 32, ways[i], NULL);
      if (turn >= 0) us[i][turn] = 1e6 * (now_s() - began) / AT_ONCE;
      wait_for(ways[i].stream);
    }
  for (int i = 0; i < way_count; i++) {
    qsort(us[i], (size_t)turns, sizeof *us[i], by_size);
    CALL(cuStreamGetPriority, (Handle, int *), ways[i].stream, &priority);
    printf("%s %.4f %d\n", names[i], us[i][turns / 2], priority);
  }
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
  launch_with = (Result(*)(const Config *, Handle, void **, void **))dlsym(driver, "cuLaunchKernelEx");
  CALL(cuInit, (unsigned), 0);
  CALL(cuDevicePrimaryCtxRetain, (Handle *, int), &context, 0);
  CALL(cuCtxSetCurrent, (Handle), context);
  CALL(cuLibraryLoadData, (Handle *, void *, void *, void *, unsigned, void *, void *, unsigned), &library, text, NULL,
       NULL, 0, NULL, NULL, 0);
  if (!strcmp(words[2], "digest")) digest();
  else if (!strcmp(words[2], "rates")) rates(count - 3, words + 3);
  else if (!strcmp(words[2], "launches") && count > 3) launches(atoi(words[3]), count - 4, words + 4);
  return 0;
}
