/* A HIP runtime without a GPU, for tests: a log of what each stream was given, in the file that
   FAKE_HIP_LOG names. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct stream { char name[32]; unsigned flags; } *Stream;
typedef struct { unsigned x, y, z; } Dim3;

static int record(const char *what, Stream stream) {
  FILE *file = fopen(getenv("FAKE_HIP_LOG"), "a");
  fprintf(file, "%s on %s\n", what, stream ? stream->name : "default");
  return fclose(file);
}

static int numbered(const char *what, long number, Stream stream) {
  char text[32];
  snprintf(text, sizeof text, "%s %ld", what, number);
  return record(text, stream);
}

int hipGetDevice(int *device) { return *device = 0; }
int hipSetDevice(int device) { return device; }
int hipStreamGetFlags(Stream stream, unsigned *flags) { return *flags = stream->flags, 0; }

int hipStreamCreateWithFlags(Stream *stream, unsigned flags) {
  static int count;
  *stream = calloc(1, sizeof **stream);
  (*stream)->flags = flags;
  sprintf((*stream)->name, "free#%d", ++count);
  return flags != 1;
}

int hipExtStreamCreateWithCUMask(Stream *stream, uint32_t words, const uint32_t *mask) {
  *stream = calloc(1, sizeof **stream);
  sprintf((*stream)->name, "0x%x", mask[words - 1]);
  return words != 1;
}

int hipEventCreateWithFlags(void **event, unsigned flags) { return *event = (void *)1, flags != 2; }
int hipEventRecord(void *event, Stream stream) { return numbered("record", (long)event, stream); }
int hipStreamWaitEvent(Stream stream, void *event, unsigned flags) {
  return numbered("wait", (long)event, stream) || flags;
}
int hipStreamQuery(Stream stream) { return stream == NULL ? 0 : 600; }
int hipStreamSynchronize(Stream stream) { return record("sync", stream); }
int hipDeviceSynchronize(void) {
  struct stream all = {"all", 0};
  return record("sync", &all);
}
int hipMemcpyAsync(void *to, const void *from, size_t bytes, int kind, Stream stream) {
  return record("copy", stream) || to != from || bytes != 3 || kind != 4;
}
int hipLaunchKernel(const void *function, Dim3 grid, Dim3 block, void **arguments, size_t shared, Stream stream) {
  if (grid.x != 1 || grid.y != 2 || grid.z != 3 || block.x != 4 || block.y != 5 || block.z != 6 || shared != 7) return 1;
  return arguments ? numbered("kernel", (long)function, stream) : 1;
}
int hipModuleLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                          unsigned shared, Stream stream, void **arguments, void **extra) {
  if (gx != 1 || gy != 2 || gz != 3 || bx != 4 || by != 5 || bz != 6 || shared != 7 || extra) return 1;
  return arguments ? numbered("kernel", (long)function, stream) : 1;
}
