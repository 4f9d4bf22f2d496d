/* Kernels that a program launches one by one: they get the priority that was asked for, if their stream has
   another, as the default stream and those made before a change; and where there is a plan, they go where
   it says. */
#include <stdatomic.h>
#include <string.h>

#include "busy.h"
#include "dispatcher.h"

enum { MOST_ATTRIBUTES = 32 };

typedef CUresult (*LaunchEx)(const LaunchConfig *, CUfunction, void **, void **);
typedef CUresult (*LaunchPlain)(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                                CUstream, void **, void **);

/* A launch as the program asked for it. */
typedef struct {
  Launch launch;
  LaunchPlain plain; /* NULL if it has attributes */
  LaunchEx ex; /* the driver's launch with attributes; NULL in drivers without one */
  const LaunchConfig *config;
  CUfunction function;
  void **parameters, **extra;
  int priority; /* PRIORITY_OF_STREAM, or that which it is to have */
} Kernel;

static atomic_int is_refused;

/* As the program asked, but on another stream. */
static CUresult as_asked(const Kernel *kernel, const LaunchConfig *config) {
  if (!kernel->plain) return kernel->ex(config, kernel->function, kernel->parameters, kernel->extra);
  const unsigned *grid = config->grid, *block = config->block;
  return kernel->plain(kernel->function, grid[0], grid[1], grid[2], block[0], block[1], block[2], config->shared_bytes,
                       config->stream, kernel->parameters, kernel->extra);
}

/* Copies the attributes with a priority behind them. Returns 0 if there is one, or no room. */
static int with_priority(const LaunchConfig *config, int priority, Attribute attributes[MOST_ATTRIBUTES]) {
  unsigned count = config->attribute_count;
  if (count >= MOST_ATTRIBUTES) return 0;
  for (unsigned i = 0; i < count; i++) {
    /* A program that says a priority itself means it. */
    if (config->attributes[i].id == ATTRIBUTE_PRIORITY) return 0;
    attributes[i] = config->attributes[i];
  }
  memset(&attributes[count], 0, sizeof *attributes);
  attributes[count].id = ATTRIBUTE_PRIORITY;
  attributes[count].value.priority = priority;
  return 1;
}

static CUresult start_at(const Kernel *kernel, const LaunchConfig *config, int priority) {
  Attribute attributes[MOST_ATTRIBUTES];
  if (priority == PRIORITY_OF_STREAM || !kernel->ex || atomic_load_explicit(&is_refused, memory_order_relaxed) ||
      !with_priority(config, priority, attributes))
    return as_asked(kernel, config);
  LaunchConfig prior = *config;
  prior.attributes = attributes;
  prior.attribute_count++;
  if (kernel->ex(&prior, kernel->function, kernel->parameters, kernel->extra) == CUDA_SUCCESS) return CUDA_SUCCESS;
  CUresult result = as_asked(kernel, config);
  if (result == CUDA_SUCCESS) {
    /* What worked without a priority shows that it was the priority that the driver refused. */
    atomic_store(&is_refused, 1);
    say_once(SAY_NO_LAUNCH_PRIORITY, "the driver takes no priority of single launches");
  }
  return result;
}

static int start(const Launch *launch, void *stream, int level) {
  const Kernel *kernel = (const Kernel *)launch;
  LaunchConfig config = *kernel->config;
  if (stream) config.stream = stream;
  return start_at(kernel, &config, level < 0 ? PRIORITY_OF_STREAM : raised(0, level));
}

static CUresult launch(Kernel *kernel, int is_per_thread) {
  const LaunchConfig *config = kernel->config;
  if (!plan()) return start_at(kernel, config, kernel->priority);
  const unsigned *grid = config->grid, *block = config->block;
  const uint64_t words[] = {(uintptr_t)kernel->function, grid[0],  grid[1],  grid[2],
                            config->shared_bytes,        block[0], block[1], block[2]};
  kernel->launch = (Launch){start, name_of(words, sizeof words / sizeof *words)};
  return dispatch(&cuda, config->stream, is_per_thread, &kernel->launch);
}

/* Most launches are as they are to be, and handed on as they came. */
#define LAUNCHES(suffix, is_per_thread)                                                                             \
  EXPORT CUresult cuLaunchKernelEx##suffix(const LaunchConfig *config, CUfunction function, void **parameters,      \
                                           void **extra) {                                                          \
    LaunchEx ex = ORIGINAL(cuLaunchKernelEx##suffix);                                                               \
    if (!ex) return CUDA_ERROR_NOT_FOUND;                                                                           \
    if (config) begin_launch(config->stream, 1);                                                                    \
    int priority = config ? launch_priority(config->stream) : PRIORITY_OF_STREAM;                                   \
    if (!config || (priority == PRIORITY_OF_STREAM && !plan())) return ex(config, function, parameters, extra);     \
    Kernel kernel = {.ex = ex, .config = config, .function = function, .parameters = parameters, .extra = extra,    \
                     .priority = priority};                                                                         \
    return launch(&kernel, is_per_thread);                                                                          \
  }                                                                                                                 \
  EXPORT CUresult cuLaunchKernel##suffix(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,    \
                                         unsigned block_x, unsigned block_y, unsigned block_z,                      \
                                         unsigned shared_bytes, CUstream stream, void **parameters, void **extra) { \
    LaunchPlain plain = ORIGINAL(cuLaunchKernel##suffix);                                                           \
    if (!plain) return CUDA_ERROR_NOT_FOUND;                                                                        \
    begin_launch(stream, 1);                                                                                        \
    int priority = launch_priority(stream);                                                                         \
    if (priority == PRIORITY_OF_STREAM && !plan())                                                                  \
      return plain(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes, stream, parameters,   \
                   extra);                                                                                          \
    LaunchConfig config = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, stream, NULL, 0};   \
    Kernel kernel = {.plain = plain, .ex = ORIGINAL(cuLaunchKernelEx##suffix), .config = &config,                   \
                     .function = function, .parameters = parameters, .extra = extra, .priority = priority};         \
    return launch(&kernel, is_per_thread);                                                                          \
  }

LAUNCHES(, 0)
LAUNCHES(_ptsz, 1)
