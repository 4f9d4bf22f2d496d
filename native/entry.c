/* The ways in: a program finds the driver's functions by linking to them, by `dlsym`, or through
   `cuGetProcAddress`, which the CUDA runtime finds by `dlsym` itself. */
#include <dlfcn.h>
#include <string.h>

#include "calls.h"
#include "dispatcher.h"

/* Every function that the library stands in for. Those with _ptsz serve programs compiled with a
   default stream for each thread. */
#define STREAM_HOOKS(X) X(cuStreamCreate) X(cuStreamCreateWithPriority)
#define LAUNCH_HOOKS(X) X(cuLaunchKernel) X(cuLaunchKernel_ptsz) X(cuLaunchKernelEx) X(cuLaunchKernelEx_ptsz)
#define GRAPH_HOOKS(X)                                                                                    \
  X(cuGraphInstantiate) X(cuGraphInstantiate_v2) X(cuGraphInstantiateWithFlags)                           \
  X(cuGraphInstantiateWithParams) X(cuGraphInstantiateWithParams_ptsz)                                    \
  X(cuGraphLaunch) X(cuGraphLaunch_ptsz) X(cuGraphUpload) X(cuGraphUpload_ptsz) X(cuGraphExecDestroy)     \
  X(cuGraphExecUpdate) X(cuGraphExecUpdate_v2)                                                            \
  X(cuGraphExecKernelNodeSetParams) X(cuGraphExecKernelNodeSetParams_v2)                                  \
  X(cuGraphExecMemcpyNodeSetParams) X(cuGraphExecMemsetNodeSetParams) X(cuGraphExecHostNodeSetParams)     \
  X(cuGraphExecChildGraphNodeSetParams) X(cuGraphExecEventRecordNodeSetEvent)                             \
  X(cuGraphExecEventWaitNodeSetEvent) X(cuGraphExecExternalSemaphoresSignalNodeSetParams)                 \
  X(cuGraphExecExternalSemaphoresWaitNodeSetParams) X(cuGraphExecBatchMemOpNodeSetParams)                 \
  X(cuGraphExecNodeSetParams) X(cuGraphNodeSetEnabled)
#define DEVICE_HOOKS(X) X(cuDeviceGetAttribute)
#define ENTRY_HOOKS(X) X(cuGetProcAddress) X(cuGetProcAddress_v2)

#define DECLARE(name) extern char name##_here[] __asm__(#name);
STREAM_HOOKS(DECLARE) LAUNCH_HOOKS(DECLARE) GRAPH_HOOKS(DECLARE) DEVICE_HOOKS(DECLARE) ENTRY_HOOKS(DECLARE)

/* What the user has to ask for before a hook is put in place. */
typedef enum { FOR_ANYTHING, FOR_MODELS, FOR_KERNELS, FOR_CUS } Purpose;

typedef struct {
  const char *name;
  void *hook;
  Purpose purpose;
  void *original; /* what cuGetProcAddress or dlsym gave for it */
} Hook;

#define ANY_ENTRY(name) {#name, name##_here, FOR_ANYTHING, NULL},
#define MODEL_ENTRY(name) {#name, name##_here, FOR_MODELS, NULL},
#define KERNEL_ENTRY(name) {#name, name##_here, FOR_KERNELS, NULL},
#define CUS_ENTRY(name) {#name, name##_here, FOR_CUS, NULL},
static Hook hooks[] = {STREAM_HOOKS(MODEL_ENTRY) GRAPH_HOOKS(MODEL_ENTRY) ENTRY_HOOKS(ANY_ENTRY)
                           LAUNCH_HOOKS(KERNEL_ENTRY) DEVICE_HOOKS(CUS_ENTRY)};
enum { HOOK_COUNT = sizeof hooks / sizeof *hooks };

typedef void *(*Dlsym)(void *, const char *);

/* The C library's dlsym, under the version that each architecture first had it, or has it now. */
static Dlsym system_dlsym(void) {
  static Dlsym found;
  static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
  for (unsigned i = 0; !found && i < sizeof versions / sizeof *versions; i++)
    found = (Dlsym)dlvsym(RTLD_NEXT, "dlsym", versions[i]);
  return found;
}

void *driver_function(const char *name) {
  static void *library;
  if (!library) library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  return library ? system_dlsym()(library, name) : NULL;
}

static Hook *hook_named(const char *name) {
  for (int i = 0; i < HOOK_COUNT; i++)
    if (strcmp(hooks[i].name, name) == 0) return &hooks[i];
  return NULL;
}

void *original(const char *name) {
  Hook *hook = hook_named(name);
  if (hook && hook->original) return hook->original;
  /* The program is linked to the driver, perhaps with other libraries like this one between. */
  void *next = system_dlsym()(RTLD_NEXT, name);
  return next ? next : driver_function(name);
}

static int is_wanted(const Hook *hook) {
  const Settings *asked = settings();
  if (hook->purpose == FOR_CUS) return asked->cus > 0;
  if (plan()) return hook->purpose != FOR_MODELS;
  if (asked->priority >= 0 || asked->yields >= 0) return 1;
  if (asked->model_count > 0) return hook->purpose != FOR_KERNELS;
  return asked->cus > 0 && hook->purpose == FOR_ANYTHING;
}

static int is_ours(const void *address) {
  Dl_info found, own;
  return dladdr(address, &found) && dladdr(hooks, &own) && found.dli_fbase == own.dli_fbase;
}

/* What a program gets for a function of the driver's. */
static void *stand_in(Hook *hook, const char *name, void *found) {
  if (hook && is_wanted(hook)) {
    hook->original = found;
    return hook->hook;
  }
  return plan() || settings()->priority >= 0 ? passing(name, found) : found;
}

/* What a program gets that asks for a function by its exported name. */
__attribute__((noinline)) static void *symbol(void *handle, const char *name) {
  void *found = system_dlsym()(handle, name);
  /* A search of the whole program meets this library before the driver. */
  if (is_ours(found)) found = driver_function(name);
  Hook *hook = hook_named(name);
  /* Libraries that are not the driver begin their names alike. */
  if (!found || (!hook && found != driver_function(name))) return found;
  return stand_in(hook, name, found);
}

/* The C library tells from where it is called which library comes NEXT, so such calls have to jump
   on from here; no program of ours is asked for CUDA in that way. */
EXPORT void *dlsym(void *handle, const char *name) {
  if (handle != RTLD_NEXT && name[0] == 'c' && name[1] == 'u') return symbol(handle, name);
  /* What HIP is asked for in this way nobody sees here. */
  if (strncmp(name, "hip", 3) == 0 && name[3] < 'a' && plan()) {
    say_once(SAY_PLAN_ENDS, "the program looks functions of HIP up by name: its kernels run anywhere");
    end_plan();
  }
  return system_dlsym()(handle, name);
}

/* The hook for a function that is asked for by its plain name, as of a version of CUDA. */
static Hook *hook_as_of(const char *name, int version, uint64_t flags) {
  static const struct {
    const char *plain;
    int version;
    const char *renamed;
  } renamings[] = {{"cuGraphInstantiate", 12000, "cuGraphInstantiateWithFlags"},
                   {"cuGraphInstantiate", 11000, "cuGraphInstantiate_v2"},
                   {"cuGraphExecUpdate", 12000, "cuGraphExecUpdate_v2"},
                   {"cuGraphExecKernelNodeSetParams", 12000, "cuGraphExecKernelNodeSetParams_v2"},
                   {"cuGetProcAddress", 12000, "cuGetProcAddress_v2"}};
  if (flags & PROC_ADDRESS_PER_THREAD_STREAM) {
    static const char *const per_thread[] = {"cuLaunchKernel_ptsz", "cuLaunchKernelEx_ptsz", "cuGraphLaunch_ptsz",
                                             "cuGraphUpload_ptsz", "cuGraphInstantiateWithParams_ptsz"};
    size_t length = strlen(name);
    for (unsigned i = 0; i < sizeof per_thread / sizeof *per_thread; i++)
      if (strncmp(per_thread[i], name, length) == 0 && strcmp(per_thread[i] + length, "_ptsz") == 0)
        return hook_named(per_thread[i]);
  }
  for (unsigned i = 0; i < sizeof renamings / sizeof *renamings; i++)
    if (version >= renamings[i].version && strcmp(renamings[i].plain, name) == 0)
      return hook_named(renamings[i].renamed);
  return hook_named(name);
}

static void stand_in_as_of(const char *name, void **function, int version, uint64_t flags) {
  if (!name || !function || !*function || is_ours(*function)) return;
  *function = stand_in(hook_as_of(name, version, flags), name, *function);
}

EXPORT CUresult cuGetProcAddress(const char *name, void **function, int version, uint64_t flags) {
  CUresult (*call)(const char *, void **, int, uint64_t) = ORIGINAL(cuGetProcAddress);
  if (!call) return CUDA_ERROR_NOT_FOUND;
  CUresult result = call(name, function, version, flags);
  if (result == CUDA_SUCCESS) stand_in_as_of(name, function, version, flags);
  return result;
}

EXPORT CUresult cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *found) {
  CUresult (*call)(const char *, void **, int, uint64_t, int *) = ORIGINAL(cuGetProcAddress_v2);
  if (!call) return CUDA_ERROR_NOT_FOUND;
  CUresult result = call(name, function, version, flags, found);
  if (result == CUDA_SUCCESS) stand_in_as_of(name, function, version, flags);
  return result;
}
