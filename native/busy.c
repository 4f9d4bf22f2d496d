/* A program at a level is busy from a launch until it knows that all of its launches are over, and for a moment
   after that, in which the next request may begin. It tells others until when it will be, so that one that ends in
   any way is not taken for busy for long. All of this is seen from the host, and asks nothing of the device. */
#include "busy.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 63, LEVEL_BITS = 6, STREAMS = 64, EVENTS = 1024 };
/* Between two requests in a row, a host takes less than this. */
enum { MOMENT_US = 200 };
/* Without any launch for so long, a program that never waits for the device is not busy. */
enum { FORGOTTEN_US = 100000 };

/* Those who have been held go on one after another, at least so far apart. */
enum { TURN_US = 5000 };

/* A program's place on the page, a line of the cache. */
typedef struct {
  _Alignas(64) atomic_llong word; /* until when it is busy, in µs, and in its last bits the level */
} Slot;

/* What was launched on a stream. */
typedef struct Work {
  atomic_uintptr_t stream; /* its handle and one */
  atomic_ulong last; /* the program's launches up to the last on the stream */
  atomic_ulong over; /* so many of them are over, as far as this stream goes */
  atomic_llong at; /* when the last was, in µs */
} Work;

typedef struct {
  _Atomic(void *) event;
  _Atomic(Work *) work;
  atomic_ulong launches;
} Mark;

typedef struct {
  Slot slots[SLOTS];
  _Alignas(64) atomic_llong turn; /* when somebody was last let go who had been held, in µs */
  atomic_int claimed; /* no slot from this one on was ever claimed: nobody needs to read them */
} Page;

static Page *page;
static Slot *own;
static Work all, streams[STREAMS];
static Mark marks[EVENTS];

static long long us_of(clockid_t clock) {
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

long long now_us(void) { return us_of(CLOCK_MONOTONIC); }

/* The first slot that nobody has: the system gives back those of programs that have ended. */
static Slot *claim(int file) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
  for (int i = 0; i < SLOTS; i++) {
    lock.l_start = i;
    if (fcntl(file, F_SETLK, &lock)) continue;
    int claimed = atomic_load(&page->claimed);
    while (claimed <= i && !atomic_compare_exchange_weak(&page->claimed, &claimed, i + 1)) {
    }
    return &page->slots[i];
  }
  return NULL;
}

/* The page is beside the pipes of the daemon, and goes with them. */
static void open_page(void) {
  char path[4096];
  const char *pipes = getenv("CUDA_MPS_PIPE_DIRECTORY");
  if (!pipes || snprintf(path, sizeof path, "%s/busy", pipes) >= (int)sizeof path) return;
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  void *mapped = MAP_FAILED;
  if (ftruncate(file, sizeof *page) == 0)
    mapped = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) page = mapped;
  /* The slot is the program's while it has the file open. */
  if (page && settings()->priority >= 0) own = claim(file);
  else close(file);
}

static Page *shared_page(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_page);
  return page;
}

static unsigned hash(void *handle, unsigned places) {
  return (unsigned)((uintptr_t)handle * 11400714819323198485u >> 40) % places;
}

static Work *work_on(void *stream) {
  uintptr_t key = (uintptr_t)stream + 1;
  unsigned first = hash(stream, STREAMS);
  if (stream == ANY_STREAM) return &all;
  for (unsigned i = 0; i < STREAMS; i++) {
    Work *one = &streams[(first + i) % STREAMS];
    uintptr_t there = atomic_load_explicit(&one->stream, memory_order_relaxed);
    if (there == key || (!there && atomic_compare_exchange_strong(&one->stream, &there, key))) return one;
  }
  /* Of so many streams, some are taken for one. */
  return &streams[first];
}

static void tell(long long until) {
  atomic_store(&own->word, until << LEVEL_BITS | settings()->priority);
}

void note_launch(void *stream) {
  if (settings()->priority < 0 || !shared_page() || !own) return;
  /* It is right to a few ms, and read in a tenth of the other's time. */
  long long now = us_of(CLOCK_MONOTONIC_COARSE);
  Work *work = work_on(stream);
  atomic_store_explicit(&work->at, now, memory_order_relaxed);
  atomic_store(&work->last, atomic_fetch_add(&all.last, 1) + 1);
  tell(now + FORGOTTEN_US);
}

Progress progress_on(void *stream) {
  Work *work = work_on(stream);
  return (Progress){work, atomic_load(&work->last)};
}

void remember_event(void *event, Progress progress) {
  Mark *mark = &marks[hash(event, EVENTS)];
  atomic_store(&mark->event, event);
  atomic_store(&mark->work, progress.work);
  atomic_store(&mark->launches, progress.launches);
}

Progress progress_at(void *event) {
  Mark *mark = &marks[hash(event, EVENTS)];
  if (atomic_load(&mark->event) != event) return (Progress){NULL, 0};
  return (Progress){atomic_load(&mark->work), atomic_load(&mark->launches)};
}

/* Whether something may still run. */
static int is_busy(long long now) {
  for (int i = 0; i < STREAMS; i++) {
    unsigned long last = atomic_load(&streams[i].last);
    if (last > atomic_load(&streams[i].over) && last > atomic_load(&all.over) &&
        atomic_load(&streams[i].at) + FORGOTTEN_US > now)
      return 1;
  }
  return 0;
}

void note_over(Progress progress) {
  if (!own || !progress.work || progress.launches <= atomic_load(&progress.work->over)) return;
  long long before = atomic_load(&own->word) >> LEVEL_BITS, now = now_us();
  atomic_store(&progress.work->over, progress.launches);
  /* A launch in between either is seen here or says so afterwards. */
  tell(now + MOMENT_US);
  if (is_busy(now)) tell(before);
}

long long busy_above(void) {
  const Page *shared = shared_page();
  int level = settings()->priority < 0 ? 0 : settings()->priority;
  long long until = 0;
  int claimed = shared ? atomic_load_explicit(&shared->claimed, memory_order_acquire) : 0;
  for (int i = 0; i < claimed && i < SLOTS; i++) {
    long long word = atomic_load_explicit(&shared->slots[i].word, memory_order_acquire);
    if ((word & ((1 << LEVEL_BITS) - 1)) > level && word >> LEVEL_BITS > until) until = word >> LEVEL_BITS;
  }
  return until;
}

int take_turn(long long now) {
  Page *shared = shared_page();
  long long last = shared ? atomic_load(&shared->turn) : 0;
  return !shared || (now >= last + TURN_US && atomic_compare_exchange_strong(&shared->turn, &last, now));
}
