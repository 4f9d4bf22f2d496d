/* A process of which the system shows neither environment nor files, while a thread still holds them: as one that was
   killed, while the driver cleans up after it. It says `up`, and ends after a file is there, or a minute. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *hold(void *file) {
  for (int waits = 0; waits < 6000 && access(file, F_OK); waits++) usleep(10000);
  usleep(500000);
  exit(0);
}

int main(int count, char **words) {
  pthread_t thread;
  if (count != 2 || pthread_create(&thread, NULL, hold, words[1])) return 1;
  printf("up %d\n", getpid());
  fflush(stdout);
  pthread_exit(NULL);
}
