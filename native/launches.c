/* Kernels that a program launches one by one: they get the priority that was asked for, as the default
   stream, on which most programs run, has none of its own to set; and where there is a plan, they go
   where it says. */
#include <stdatomic.h>
#include <string.h>

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
static int with_priority(const LaunchConfig *config, int level, Attribute attributes[MOST_ATTRIBUTES]) {
  unsigned count = config->attribute_count;
  if (count >= MOST_ATTRIBUTES) return 0;
  for (unsigned i = 0; i < count; i++) {
    /* A program that says a priority itself means it. */
    if (config->attributes[i].id == ATTRIBUTE_PRIORITY) return 0;
    attributes[i] = config->attributes[i];
  }
  memset(&attributes[count], 0, sizeof *attributes);
  attributes[count].id = ATTRIBUTE_PRIORITY;
  attributes[count].value.priority = raised(0, level);
  return 1;
}

static int start(const Launch *launch, void *stream, int level) {
  const Kernel *kernel = (const Kernel *)launch;
  LaunchConfig config = *kernel->config;
  Attribute attributes[MOST_ATTRIBUTES];
  if (stream) config.stream = stream;
  if (level < 0 || !kernel->ex || atomic_load_explicit(&is_refused, memory_order_relaxed) ||
      !with_priority(&config, level, attributes))
    return as_asked(kernel, &config);
  LaunchConfig prior = config;
  prior.attributes = attributes;
  prior.attribute_count++;
  if (kernel->ex(&prior, kernel->function, kernel->parameters, kernel->extra) == CUDA_SUCCESS) return CUDA_SUCCESS;
  CUresult result = as_asked(kernel, &config);
  if (result == CUDA_SUCCESS) {
    /* What worked without a priority shows that it was the priority that the driver refused. */
    atomic_store(&is_refused, 1);
    say_once(SAY_NO_LAUNCH_PRIORITY, "the driver takes no priority of single launches");
  }
  return result;
}

static CUresult launch(Kernel *kernel, int is_per_thread) {
  const LaunchConfig *config = kernel->config;
  kernel->launch.start = start;
  /* At the lowest level kernels have the priority of their stream, which the program may have raised. */
  int level = settings()->priority;
  if (!plan()) return start(&kernel->launch, config->stream, level > 0 ? level : -1);
  const unsigned *grid = config->grid, *block = config->block;
  const uint64_t words[] = {(uintptr_t)kernel->function, grid[0],  grid[1],  grid[2],
                            config->shared_bytes,        block[0], block[1], block[2]};
  kernel->launch.kernel = name_of(words, sizeof words / sizeof *words);
  return dispatch(&cuda, config->stream, is_per_thread, &kernel->launch);
}

#define LAUNCHES(suffix, is_per_thread)                                                                             \
  EXPORT CUresult cuLaunchKernelEx##suffix(const LaunchConfig *config, CUfunction function, void **parameters,      \
                                           void **extra) {                                                          \
    Kernel kernel = {.ex = ORIGINAL(cuLaunchKernelEx##suffix), .config = config, .function = function,              \
                     .parameters = parameters, .extra = extra};                                                     \
    if (!kernel.ex) return CUDA_ERROR_NOT_FOUND;                                                                    \
    return config ? launch(&kernel, is_per_thread) : kernel.ex(config, function, parameters, extra);                \
  }                                                                                                                 \
  EXPORT CUresult cuLaunchKernel##suffix(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,    \
                                         unsigned block_x, unsigned block_y, unsigned block_z,                      \
                                         unsigned shared_bytes, CUstream stream, void **parameters, void **extra) { \
    LaunchConfig config = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, stream, NULL, 0};   \
    Kernel kernel = {.plain = ORIGINAL(cuLaunchKernel##suffix), .ex = ORIGINAL(cuLaunchKernelEx##suffix),           \
                     .config = &config, .function = function, .parameters = parameters, .extra = extra};            \
    return kernel.plain ? launch(&kernel, is_per_thread) : CUDA_ERROR_NOT_FOUND;                                    \
  }

LAUNCHES(, 0)
LAUNCHES(_ptsz, 1)
