/* The log of a driver without a GPU: what it was asked to do, line by line, in the file that FAKE_CUDA_LOG names. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void record(const char *format, ...) {
  if (!getenv("FAKE_CUDA_LOG")) return;
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  va_list arguments;
  pthread_mutex_lock(&lock);
  FILE *file = fopen(getenv("FAKE_CUDA_LOG"), "a");
  va_start(arguments, format);
  vfprintf(file, format, arguments);
  va_end(arguments);
  fputc('\n', file);
  fclose(file);
  pthread_mutex_unlock(&lock);
}
