/* Kernels that a program launches one by one get the priority that was asked for: the default
   stream, on which most programs run, has none of its own to set. */
#include <stdatomic.h>
#include <string.h>

#include "interpose.h"

enum { MOST_ATTRIBUTES = 32 };

typedef CUresult (*LaunchEx)(const LaunchConfig *, CUfunction, void **, void **);
typedef CUresult (*Launch)(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,
                           void **, void **);

static atomic_int is_refused;

/* At the lowest level kernels have the priority of their stream, which the program may have raised. */
static int is_wanted(void) {
  return settings()->priority > 0 && !atomic_load_explicit(&is_refused, memory_order_relaxed);
}

/* What worked without a priority shows that it was the priority that the driver refused. */
static CUresult without_priority(CUresult result) {
  if (result == CUDA_SUCCESS) {
    atomic_store(&is_refused, 1);
    say_once(SAY_NO_LAUNCH_PRIORITY, "the driver takes no priority of single launches");
  }
  return result;
}

static void set_priority(Attribute *attribute) {
  memset(attribute, 0, sizeof *attribute);
  attribute->id = ATTRIBUTE_PRIORITY;
  attribute->value.priority = driver_priority(0);
}

static CUresult launch_ex(LaunchEx call, const LaunchConfig *config, CUfunction function, void **parameters,
                          void **extra) {
  if (!is_wanted() || !config || config->attribute_count >= MOST_ATTRIBUTES)
    return call(config, function, parameters, extra);
  Attribute attributes[MOST_ATTRIBUTES];
  for (unsigned i = 0; i < config->attribute_count; i++) {
    /* A program that says a priority itself means it. */
    if (config->attributes[i].id == ATTRIBUTE_PRIORITY) return call(config, function, parameters, extra);
    attributes[i] = config->attributes[i];
  }
  set_priority(&attributes[config->attribute_count]);
  LaunchConfig prior = *config;
  prior.attributes = attributes;
  prior.attribute_count++;
  if (call(&prior, function, parameters, extra) == CUDA_SUCCESS) return CUDA_SUCCESS;
  return without_priority(call(config, function, parameters, extra));
}

/* `call_ex` is the driver's launch with attributes; NULL in drivers without one. */
static CUresult launch(Launch call, LaunchEx call_ex, CUfunction function, const LaunchConfig *plain,
                       void **parameters, void **extra) {
  if (is_wanted() && call_ex) {
    Attribute attribute;
    set_priority(&attribute);
    LaunchConfig config = *plain;
    config.attributes = &attribute;
    config.attribute_count = 1;
    if (call_ex(&config, function, parameters, extra) == CUDA_SUCCESS) return CUDA_SUCCESS;
  }
  const unsigned *grid = plain->grid, *block = plain->block;
  CUresult result = call(function, grid[0], grid[1], grid[2], block[0], block[1], block[2], plain->shared_bytes,
                         plain->stream, parameters, extra);
  return is_wanted() && call_ex ? without_priority(result) : result;
}

#define LAUNCHES(suffix)                                                                                            \
  EXPORT CUresult cuLaunchKernelEx##suffix(const LaunchConfig *config, CUfunction function, void **parameters,      \
                                           void **extra) {                                                          \
      LaunchEx call = ORIGINAL(cuLaunchKernelEx##suffix);                                                    \
    return call ? launch_ex(call, config, function, parameters, extra) : CUDA_ERROR_NOT_FOUND;                      \
  }                                                                                                                 \
  EXPORT CUresult cuLaunchKernel##suffix(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,    \
                                         unsigned block_x, unsigned block_y, unsigned block_z,                     \
                                         unsigned shared_bytes, CUstream stream, void **parameters, void **extra) { \
      Launch call = ORIGINAL(cuLaunchKernel##suffix);                                                        \
    LaunchEx call_ex = ORIGINAL(cuLaunchKernelEx##suffix);                                              \
    LaunchConfig config = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, stream, NULL, 0};   \
    return call ? launch(call, call_ex, function, &config, parameters, extra) : CUDA_ERROR_NOT_FOUND;               \
  }

LAUNCHES()
LAUNCHES(_ptsz)
