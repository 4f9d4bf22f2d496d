/* A library between the program and the driver that is not ours: it counts streams, and calls on. */
#include <dlfcn.h>
#include <stdio.h>

#include "../driver.h"

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  CUresult (*next)(CUstream *, unsigned, int) = dlsym(RTLD_NEXT, "cuStreamCreateWithPriority");
  fputs("counted\n", stderr);
  return next(stream, flags, priority);
}
