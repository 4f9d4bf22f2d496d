/* A program like any other that uses CUDA, and says where its kernels ran: `probe KERNEL.ptx COUNT`
   makes so many streams, and on each launches the kernel by itself and in a graph. Prints JSON. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "../driver.h"

typedef struct {
  uint64_t sm, began_ns, ended_ns;
} Block;

enum { MOST_SMS = 1024, BLOCKS_PER_SM = 64, SM_COUNT = 16 };
/* Long enough for the next block to go to another SM. */
static const uint64_t HOLD_NS = 100 * 1000;

static void *driver;

static void *function(const char *name) {
  void *found = dlsym(driver, name);
  if (found) return found;
  fprintf(stderr, "the installed library has no %s: a newer driver is needed\n", name);
  exit(1);
}

/* Calls a function of the driver, and ends the program if that fails. */
#define CALL(name, parameters, ...)                                          \
  do {                                                                       \
    CUresult result_ = ((CUresult(*) parameters)function(#name))(__VA_ARGS__); \
    if (result_) fail(#name, result_);                                       \
  } while (0)

static void fail(const char *name, CUresult result) {
  const char *text = "CUDA error";
  CUresult (*describe)(CUresult, const char **) = function("cuGetErrorName");
  describe(result, &text);
  fprintf(stderr, "%s said %s (%d)\n", name, text, result);
  exit(1);
}

static char *text_of(const char *path) {
  static char text[65536];
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (length == 0) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  fclose(file);
  return text;
}

static CUfunction kernel;
static unsigned block_count;
static unsigned long long on_device;

static void launch(CUstream stream) {
  uint64_t hold = HOLD_NS;
  void *parameters[] = {&on_device, &hold};
  CALL(cuLaunchKernel,
       (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void **, void **),
       kernel, block_count, 1, 1, 1, 1, 1, 0, stream, parameters, NULL);
}

static void launch_in_graph(CUstream stream) {
  CUgraph graph;
  CUgraphExec exec;
  CALL(cuStreamBeginCapture_v2, (CUstream, int), stream, CAPTURE_MODE_RELAXED);
  launch(stream);
  CALL(cuStreamEndCapture, (CUstream, CUgraph *), stream, &graph);
  CALL(cuGraphInstantiateWithFlags, (CUgraphExec *, CUgraph, uint64_t), &exec, graph, 0);
  CALL(cuGraphLaunch, (CUgraphExec, CUstream), exec, stream);
}

/* Which SMs the blocks ran on, and for how long they held them: on each from the first to the last. */
static void print_run(const char *how, const Block *blocks) {
  static uint64_t began[MOST_SMS], ended[MOST_SMS];
  uint64_t held_ns = 0;
  for (int sm = 0; sm < MOST_SMS; sm++) began[sm] = UINT64_MAX, ended[sm] = 0;
  for (unsigned i = 0; i < block_count; i++) {
    const Block *block = &blocks[i];
    if (block->sm >= MOST_SMS) continue;
    if (block->began_ns < began[block->sm]) began[block->sm] = block->began_ns;
    if (block->ended_ns > ended[block->sm]) ended[block->sm] = block->ended_ns;
  }
  printf("{\"how\": \"%s\", \"sms\": [", how);
  const char *comma = "";
  for (int sm = 0; sm < MOST_SMS; sm++) {
    if (ended[sm] == 0) continue;
    printf("%s%d", comma, sm);
    comma = ", ";
    held_ns += ended[sm] - began[sm];
  }
  printf("], \"smTimeUs\": %llu}", (unsigned long long)held_ns / 1000);
}

static void run(const char *how, void (*start)(CUstream), CUstream stream, Block *blocks) {
  size_t bytes = block_count * sizeof *blocks;
  start(stream);
  CALL(cuStreamSynchronize, (CUstream), stream);
  CALL(cuMemcpyDtoH_v2, (void *, unsigned long long, size_t), blocks, on_device, bytes);
  print_run(how, blocks);
}

int main(int count, char **words) {
  CUdevice device;
  CUcontext context;
  void *library;
  int sms;
  if (count != 3) return 2;
  driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) {
    fputs("no NVIDIA driver: cannot load libcuda.so.1\n", stderr);
    return 1;
  }
  CALL(cuInit, (unsigned), 0);
  CALL(cuDeviceGet, (CUdevice *, int), &device, 0);
  CALL(cuDeviceGetAttribute, (int *, int, CUdevice), &sms, SM_COUNT, device);
  CALL(cuDevicePrimaryCtxRetain, (CUcontext *, CUdevice), &context, device);
  CALL(cuCtxSetCurrent, (CUcontext), context);
  CALL(cuLibraryLoadData, (void **, const void *, void *, void **, unsigned, void *, void **, unsigned), &library,
       text_of(words[1]), NULL, NULL, 0, NULL, NULL, 0);
  CALL(cuLibraryGetKernel, (CUfunction *, void *, const char *), &kernel, library, "locate");
  block_count = (unsigned)sms * BLOCKS_PER_SM;
  Block *blocks = calloc(block_count, sizeof *blocks);
  CALL(cuMemAlloc_v2, (unsigned long long *, size_t), &on_device, block_count * sizeof *blocks);
  printf("{\"sms\": %d, \"ran\": [", sms);
  for (int i = 0; i < atoi(words[2]); i++) {
    CUstream stream;
    CALL(cuStreamCreate, (CUstream *, unsigned), &stream, STREAM_NON_BLOCKING);
    if (i > 0) printf(", ");
    run("stream", launch, stream, blocks);
    printf(", ");
    run("graph", launch_in_graph, stream, blocks);
  }
  puts("]}");
  return 0;
}
