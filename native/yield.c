/* A program that yields holds back what it launches while one of a higher level is busy. What it launched before runs
   on, so it keeps little in the queues of the device while there is somebody to yield to. No wait of these is without
   end: after a tenth of a second or two it goes on for a moment, whoever is busy, and so it cannot be starved, nor wait
   for one that waits for it. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "busy.h"

/* A program is held for so long at a time, and longer only until it is its turn among others that are held. Then it may
   launch for a moment: a hundredth of the time. */
enum { LONG_US = 100000, LONGEST_US = 200000, FREE_US = 1000 };
/* Who was busy so lately may soon be again. */
enum { LATELY_US = 10000000 };
enum { POLL_US = 50 };
/* Up to twice so many kernels are in the queues: at first, and at most, and as many as take about this long. */
enum { FIRST_KERNELS = 16, MOST_KERNELS = 64, LEAST_US = 100, MOST_US = 250 };

/* When launches last went freely, as far as anybody looked; if that is to come, they do until then. */
static atomic_llong free_at;

static void sleep_us(long us) {
  struct timespec time = {0, us * 1000};
  nanosleep(&time, NULL);
}

int is_capturing(CUstream stream) {
  int status = 0;
  CUresult result = DRIVER(cuStreamIsCapturing, (CUstream, int *), stream, &status);
  return result != CUDA_SUCCESS || status != 0;
}

int has_to_yield(void) { return settings()->yields > 0 && now_us() < busy_above() + LATELY_US; }

/* How long that took, in µs. */
static long long wait_for(CUevent event) {
  long long began = now_us(), now = began;
  while (now < began + LONG_US && DRIVER(cuEventQuery, (CUevent), event) == CUDA_ERROR_NOT_READY) {
    sleep_us(POLL_US / 2);
    now = now_us();
  }
  return now - began;
}

static CUevent recorded_on(CUstream stream) {
  CUevent event = NULL;
  if (DRIVER(cuEventCreate, (CUevent *, unsigned), &event, EVENT_DISABLE_TIMING)) return NULL;
  if (DRIVER(cuEventRecord, (CUevent, CUstream), event, stream) == CUDA_SUCCESS) return event;
  (void)DRIVER(cuEventDestroy_v2, (CUevent), event);
  return NULL;
}

/* After so many kernels an event is recorded, once that before it has come. */
static void limit_queue(CUstream stream, int kernels) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static atomic_int queued, most = FIRST_KERNELS;
  static CUevent before;
  /* In a program of several threads, one is enough to see to this. */
  if (atomic_fetch_add(&queued, kernels) < atomic_load(&most) || pthread_mutex_trylock(&lock)) return;
  int mode = relax_capture();
  if (before) {
    long long took = wait_for(before);
    if (took > MOST_US && most > 1) most /= 2;
    else if (took > 0 && took < LEAST_US && most < MOST_KERNELS) most *= 2;
    (void)DRIVER(cuEventDestroy_v2, (CUevent), before);
  }
  before = recorded_on(stream);
  restore_capture(mode);
  atomic_store(&queued, kernels);
  pthread_mutex_unlock(&lock);
}

/* Whether a launch may go now. */
static int may_go(long long now) {
  long long since = atomic_load(&free_at);
  if (now >= busy_above()) {
    if (now > since) atomic_store(&free_at, now);
    return 1;
  }
  if (now < since) return 1;
  int is_due = now >= since + LONGEST_US || (now >= since + LONG_US && take_turn(now));
  return is_due && atomic_compare_exchange_strong(&free_at, &since, now + FREE_US);
}

static void give_way(CUstream stream, int kernels) {
  if (!has_to_yield() || is_capturing(stream)) return;
  limit_queue(stream, kernels);
  while (!may_go(now_us())) sleep_us(POLL_US);
}

void begin_launch(CUstream stream, int kernels) {
  const Settings *asked = settings();
  if (asked->yields > 0) give_way(stream, kernels);
  if (asked->priority >= 0) note_launch(stream);
}
