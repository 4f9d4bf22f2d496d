/* Remarks for the user, each once in a process. */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "interpose.h"

static atomic_flag said[SAY_COUNT];

void say_once(Remark remark, const char *text) {
  if (atomic_flag_test_and_set(&said[remark])) return;
  char line[256];
  int length = snprintf(line, sizeof line, "eclip: %s\n", text);
  if (length >= (int)sizeof line) length = sizeof line - 1;
  /* A program that closed its stderr does not want to be told. */
  if (write(STDERR_FILENO, line, (size_t)length) < 0) return;
}
