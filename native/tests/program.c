/* A program that knows nothing of the library. Its first word says how it finds the driver, its
   second what it does. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../driver.h"

static void *driver;
static const char *way;
static uint64_t proc_flags;

#ifdef LINKED
CUresult cuStreamCreate(CUstream *, unsigned);
CUresult cuStreamCreateWithPriority(CUstream *, unsigned, int);
CUresult cuGraphInstantiateWithFlags(CUgraphExec *, CUgraph, uint64_t);
CUresult cuGraphLaunch(CUgraphExec, CUstream);
CUresult cuGraphExecDestroy(CUgraphExec);
static void *linked(const char *name) {
  if (!strcmp(name, "cuStreamCreate")) return cuStreamCreate;
  if (!strcmp(name, "cuStreamCreateWithPriority")) return cuStreamCreateWithPriority;
  if (!strcmp(name, "cuGraphInstantiate")) return cuGraphInstantiateWithFlags;
  if (!strcmp(name, "cuGraphLaunch")) return cuGraphLaunch;
  if (!strcmp(name, "cuGraphExecDestroy")) return cuGraphExecDestroy;
  return NULL;
}
#else
static void *linked(const char *name) { return (void)name, NULL; }
#endif

/* Finds a function of the driver in the way that was asked for. */
static void *get(const char *name) {
  if (!strcmp(way, "linked") && linked(name)) return linked(name);
  if (!strcmp(way, "proc")) {
    CUresult (*find)(const char *, void **, int, uint64_t, int *) = dlsym(driver, "cuGetProcAddress_v2");
    void *again = NULL, *found = NULL;
    /* The CUDA runtime asks the first one for itself, and uses what it gets. */
    find("cuGetProcAddress", &again, 12000, 0, NULL);
    find = again;
    find(name, &found, 13000, proc_flags, NULL);
    return found;
  }
  if (!strcmp(way, "default")) return dlsym(RTLD_DEFAULT, name);
  return dlsym(driver, strcmp(name, "cuGraphInstantiate") ? name : "cuGraphInstantiateWithFlags");
}

#define CALL(name, parameters, ...) ((CUresult(*) parameters)get(name))(__VA_ARGS__)
#define CHECK(result)                                    \
  do {                                                   \
    int result_ = (result);                              \
    if (result_) {                                       \
      fprintf(stderr, "%s: error %d\n", #result, result_); \
      exit(1);                                           \
    }                                                    \
  } while (0)

static CUstream stream(int priority) {
  CUstream made;
  CHECK(CALL("cuStreamCreateWithPriority", (CUstream *, unsigned, int), &made, STREAM_NON_BLOCKING, priority));
  return made;
}

static void launch_on(CUstream stream) {
  CHECK(CALL("cuLaunchKernel",
             (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void **,
              void **),
             NULL, 1, 2, 3, 4, 5, 6, 7, stream, NULL, NULL));
}

static void streams(void) {
  CUstream blocking;
  stream(0), stream(-1), stream(0), stream(-1), stream(0);
  CHECK(CALL("cuStreamCreate", (CUstream *, unsigned), &blocking, 0));
}

static void *in_thread(void *name) {
  pthread_setname_np(pthread_self(), name);
  stream(0);
  return NULL;
}

static void threads(void) {
  static char *const names[] = {"text-1", "image-1", "text-2", "other"};
  for (int i = 0; i < 4; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, names[i]);
    pthread_join(thread, NULL);
  }
}

/* NVTX as programs have it built in: tables of functions that do nothing, for a library to fill. */
typedef void (*Empty)(void);
static Empty core[16], core2[16];

static int table_of(int module, Empty ***table, unsigned *count) {
  static Empty *places[2][16];
  Empty *functions = module == 1 ? core : core2;
  for (int i = 0; i < 16; i++) places[module != 1][i] = &functions[i];
  return *table = places[module != 1], *count = 16, module == 1 || module == 5;
}

static const void *export_table(uint32_t id) {
  static const struct {
    size_t bytes;
    int (*table_of)(int, Empty ***, unsigned *);
  } callbacks = {sizeof callbacks, table_of};
  return id == 1 ? &callbacks : NULL;
}

static void push(const char *name) { ((int (*)(const char *))core[9])(name); }
static void pop(void) { ((int (*)(void))core[11])(); }

/* As an nvtxEventAttributes_t in a domain, with a text that was registered. */
static void push_registered(const char *name) {
  struct {
    uint16_t version, bytes;
    int before[7], message_type;
    void *message;
  } attributes = {.version = 3, .bytes = sizeof attributes, .message_type = 3};
  attributes.message = ((void *(*)(void *, const char *))core2[10])(NULL, name);
  ((int (*)(void *, void *))core2[4])(NULL, &attributes);
}

static CUgraph graph_of(int count, const int *types) {
  CUgraph graph;
  CUresult (*make)(CUgraph *, int, const int *) = dlsym(driver, "fakeGraph");
  CHECK(make(&graph, count, types));
  return graph;
}

static CUgraphExec instantiate(CUgraph graph) {
  CUgraphExec exec;
  CHECK(CALL("cuGraphInstantiate", (CUgraphExec *, CUgraph, uint64_t), &exec, graph, 0));
  return exec;
}

static void launch_graph(CUgraphExec exec) { CHECK(CALL("cuGraphLaunch", (CUgraphExec, CUstream), exec, NULL)); }
static void destroy(CUgraphExec exec) { CHECK(CALL("cuGraphExecDestroy", (CUgraphExec), exec)); }

static void graphs(void) {
  static const int types[] = {NODE_KERNEL, NODE_MEMSET, NODE_MEMCPY, 3};
  CUgraphExec first = instantiate(graph_of(4, types)), second = instantiate(graph_of(1, types));
  launch_graph(first), launch_graph(second), launch_graph(first);
  destroy(first), destroy(second);
}

static void ranges(void) {
  static const int types[] = {NODE_KERNEL};
  void *library = dlopen(getenv("NVTX_INJECTION64_PATH"), RTLD_LAZY);
  int (*inject)(const void *(*)(uint32_t)) = dlsym(library, "InitializeInjectionNvtx2");
  CHECK(inject(export_table) != 1);
  stream(0);
  push("text, request 1"), stream(0);
  push("step"), stream(0);
  push_registered("image"), stream(0), launch_graph(instantiate(graph_of(1, types)));
  pop(), pop(), stream(0);
  pop(), stream(0);
  pop(), stream(0);
}

static void updates(void) {
  static const int types[] = {NODE_KERNEL, NODE_KERNEL};
  CUgraphExec exec = instantiate(graph_of(1, types));
  CHECK(CALL("cuGraphExecUpdate", (CUgraphExec, CUgraph, void *), exec, graph_of(2, types), NULL));
  launch_graph(exec);
  CHECK(CALL("cuGraphNodeSetEnabled", (CUgraphExec, CUgraphNode, unsigned), exec, NULL, 1));
  launch_graph(exec);
}

static void memory_nodes(void) {
  static const int types[] = {NODE_KERNEL, 10};
  launch_graph(instantiate(graph_of(2, types)));
}

static void launches(void) {
  Attribute own = {.id = ATTRIBUTE_PRIORITY, .value = {.priority = -4}};
  LaunchConfig config = {{1, 1, 1}, {32, 1, 1}, 0, NULL, NULL, 0}, prior = config;
  prior.attributes = &own, prior.attribute_count = 1;
  launch_on(NULL), launch_on(NULL);
  CHECK(CALL("cuLaunchKernelEx", (const LaunchConfig *, CUfunction, void **, void **), &config, NULL, NULL, NULL));
  CHECK(CALL("cuLaunchKernelEx", (const LaunchConfig *, CUfunction, void **, void **), &prior, NULL, NULL, NULL));
}

/* A stream, a launch, a graph and one that is there already, before and after its input says go on. */
static void changes(void) {
  static const int types[] = {NODE_KERNEL};
  CUgraphExec first = instantiate(graph_of(1, types));
  for (int round = 0; round < 2; round++) {
    stream(0);
    launch_on(NULL);
    launch_graph(instantiate(graph_of(1, types)));
    launch_graph(first);
    puts("done"), fflush(stdout);
    if (round == 0) getchar();
  }
}

/* Launches on streams of two priorities, before and after its input says go on. */
static void own_streams(void) {
  CUstream both[] = {stream(0), stream(-2)};
  for (int round = 0; round < 2; round++) {
    launch_on(both[0]), launch_on(both[1]);
    puts("done"), fflush(stdout);
    if (round == 0) getchar();
  }
}

static void many_streams(void) {
  CUstream made[1000];
  for (int i = 0; i < 1000; i++) made[i] = stream(0);
  for (int i = 0; i < 1000; i++) launch_on(made[i]);
}

static void per_thread(void) {
  proc_flags = PROC_ADDRESS_PER_THREAD_STREAM;
  launch_on(NULL);
}

static void other_context(void) {
  CHECK(CALL("cuCtxSetCurrent", (CUcontext), NULL));
  stream(0);
}

/* Streams of parent and child, while another thread of the parent makes streams as well. */
static void *many(void *unused) {
  for (int i = 0; i < 50; i++) stream(0);
  return unused;
}

static void forks(void) {
  pthread_t thread;
  int status;
  pthread_create(&thread, NULL, many, NULL);
  pid_t child = fork();
  if (child == 0) {
    stream(0);
    _exit(0);
  }
  waitpid(child, &status, 0);
  pthread_join(thread, NULL);
  CHECK(status);
}

static void attributes(void) {
  int warp, sms;
  CHECK(CALL("cuDeviceGetAttribute", (int *, int, CUdevice), &warp, 10, 0));
  CHECK(CALL("cuDeviceGetAttribute", (int *, int, CUdevice), &sms, 16, 0));
  printf("attribute 10: %d, SMs: %d\n", warp, sms);
}

int main(int count, char **words) {
  static const struct {
    const char *name;
    void (*run)(void);
  } deeds[] = {{"streams", streams},   {"threads", threads},       {"graphs", graphs},
               {"updates", updates},   {"memory", memory_nodes},   {"launches", launches},
               {"changes", changes},   {"ranges", ranges},         {"per-thread", per_thread},
               {"own", own_streams},   {"many", many_streams},     {"other", other_context},
               {"forks", forks},       {"attributes", attributes}};
  if (count < 3) return 2;
  way = words[1];
  driver = dlopen("libcuda.so.1", RTLD_LAZY | (strcmp(way, "default") ? RTLD_LOCAL : RTLD_GLOBAL));
  if (!driver) return 3;
  for (unsigned i = 0; i < sizeof deeds / sizeof *deeds; i++)
    if (!strcmp(deeds[i].name, words[2])) deeds[i].run();
  return 0;
}
