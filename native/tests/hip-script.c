/* A program that is linked to HIP and does what its words say, as script.c does. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct stream *Stream;
typedef struct { unsigned x, y, z; } Dim3;

int hipStreamCreateWithFlags(Stream *, unsigned);
int hipStreamSynchronize(Stream);
int hipDeviceSynchronize(void);
int hipMemcpyAsync(void *, const void *, size_t, int, Stream);
int hipLaunchKernel(const void *, Dim3, Dim3, void **, size_t, Stream);
int hipModuleLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Stream, void **,
                          void **);

static Stream on;

static int launch(long number) {
  void *arguments[1] = {NULL};
  if (number % 2) return hipLaunchKernel((void *)number, (Dim3){1, 2, 3}, (Dim3){4, 5, 6}, arguments, 7, on);
  return hipModuleLaunchKernel((void *)number, 1, 2, 3, 4, 5, 6, 7, on, arguments, NULL);
}

static int run(const char *word) {
  if (word[0] == 'k') return launch(atol(word + 1));
  if (!strcmp(word, "s1")) return hipStreamCreateWithFlags(&on, 1);
  if (!strcmp(word, "copy")) return hipMemcpyAsync(NULL, NULL, 3, 4, on);
  if (!strcmp(word, "sync")) return hipStreamSynchronize(on);
  if (!strcmp(word, "all")) return hipDeviceSynchronize();
  return dlsym(RTLD_DEFAULT, word) == NULL;
}

int main(int count, char **words) {
  for (int i = 1; i < count; i++)
    if (run(words[i])) return fprintf(stderr, "%s failed\n", words[i]), 1;
  return 0;
}
