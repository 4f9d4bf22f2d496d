/* Every kernel of a request goes to the stream that the plan names for it (section 1.3 of the paper).
   What a program puts on one stream is done in order, so it is enough to know on which stream the last
   of it is, and to let another stream wait for that one before it goes on there. All that is not the
   kernel of a request goes on on the program's own stream, which so knows nothing of the others. */
#include "dispatcher.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "requests.h"

enum { MOST_LANES = 64 };

typedef struct {
  unsigned long requests, switches, barriers, returns;
} Counts;

/* One of the program's streams. */
typedef struct {
  const Device *device;
  void *context, *stream;
  pthread_mutex_t lock;
  atomic_int holds, is_away; /* is_away: the last of its work is on another stream */
  void *last; /* the stream on which it is */
  int request, kernels, place; /* the latest, its kernels so far, the place of the last of them */
  void *event;
  void *streams[MOST_PLACES];
  int cannot[MOST_PLACES];
  Search searches[MOST_REQUESTS];
  Counts now;
  unsigned long since_wait;
} Lane;

static Lane lanes[MOST_LANES];
static atomic_int lane_count;
static _Atomic(Lane *) owners[MOST_REQUESTS]; /* the stream on which each request is made */
static pthread_mutex_t lanes_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int all_holds;
static __thread int thread_has_waited;

static pthread_mutex_t counts_lock = PTHREAD_MUTEX_INITIALIZER;
static Counts totals[MOST_REQUESTS]; /* of whole requests */
static unsigned long usual, votes; /* kernels that most often came between two waits */
static atomic_ulong passed; /* kernels that stayed on the program's stream */

static Lane *find_lane(void *context, void *stream) {
  int count = atomic_load(&lane_count);
  for (int i = 0; i < count; i++)
    if (lanes[i].stream == stream && lanes[i].context == context) return &lanes[i];
  return NULL;
}

/* NULL if there are too many streams. */
static Lane *lane_of(const Device *device, void *context, void *stream) {
  Lane *lane = find_lane(context, stream);
  if (lane) return lane;
  pthread_mutex_lock(&lanes_lock);
  int count = atomic_load(&lane_count);
  lane = find_lane(context, stream);
  if (!lane && count < MOST_LANES) {
    lane = &lanes[count];
    *lane = (Lane){.device = device, .context = context, .stream = stream, .last = stream};
    pthread_mutex_init(&lane->lock, NULL);
    for (int i = 0; i < plan()->request_count; i++) lane->searches[i].count = plan()->requests[i].count;
    atomic_store(&lane_count, count + 1);
  }
  pthread_mutex_unlock(&lanes_lock);
  return lane;
}

/* Goes on on another stream. Nothing has to wait for a pooled stream that is through with its work;
   whether the program's own is, only the device knows. */
static void go_to(Lane *lane, void *stream) {
  void *before = lane->last;
  if (before == stream) return;
  lane->last = stream;
  if (before != lane->stream && lane->device->is_idle(before)) return;
  if (before != lane->stream && stream != lane->stream) lane->now.barriers++;
  if (!lane->device->order(lane->event, before, stream)) lane->device->wait(before);
}

static void go_home(Lane *lane) {
  if (lane->last != lane->stream) lane->now.returns++;
  go_to(lane, lane->stream);
  atomic_store(&lane->is_away, 0);
}

static void *stream_at(Lane *lane, int place) {
  if (lane->cannot[place]) return NULL;
  if (!lane->event) lane->event = lane->device->make_event();
  if (lane->event && !lane->streams[place]) lane->streams[place] = lane->device->make_stream(&plan()->places[place]);
  if (!lane->streams[place]) lane->cannot[place] = 1;
  return lane->streams[place];
}

static int is_owner(Lane *lane, int request) {
  Lane *nobody = NULL;
  return atomic_load(&owners[request]) == lane || atomic_compare_exchange_strong(&owners[request], &nobody, lane);
}

/* Finds what most often came, if it came more often than all else. */
static void vote(unsigned long kernels) {
  pthread_mutex_lock(&counts_lock);
  if (votes == 0) usual = kernels;
  votes += kernels == usual ? 1 : -1ul;
  pthread_mutex_unlock(&counts_lock);
}

/* The request that a kernel belongs to, with its position; NULL if there is none. Of several that begin
   alike, it is the one that came last. */
static const Request *request_of(Lane *lane, uint64_t kernel, int *position) {
  const Request *found = NULL;
  int waited = thread_has_waited, latest = lane->request;
  thread_has_waited = 0;
  if (waited) {
    vote(lane->since_wait);
    lane->since_wait = 0;
  }
  lane->since_wait++;
  for (int i = 0; i < plan()->request_count; i++) {
    int at = position_of(&lane->searches[i], kernel, waited);
    if (at < 0 || (found && i != latest) || !is_owner(lane, i)) continue;
    found = &plan()->requests[i];
    *position = at;
    lane->request = i;
  }
  if (!found && lane->kernels > 0) {
    say_once(SAY_NOT_PLANNED, "a request went on otherwise than those before: the rest of it runs anywhere");
    lane->kernels = 0;
  }
  return found;
}

/* Counts are kept of whole requests, so that they can be held against the plan's. */
static void count(Lane *lane, const Request *request, int position) {
  int place = request->steps[position].place;
  if (position == 0) {
    lane->now = (Counts){.requests = 1};
    lane->kernels = 0;
  } else {
    lane->now.switches += place != lane->place;
  }
  lane->kernels++;
  lane->place = place;
  if (position < request->count - 1 || lane->kernels != request->count) return;
  Counts *total = &totals[request - plan()->requests];
  pthread_mutex_lock(&counts_lock);
  total->requests += lane->now.requests;
  total->switches += lane->now.switches;
  total->barriers += lane->now.barriers;
  total->returns += lane->now.returns;
  pthread_mutex_unlock(&counts_lock);
  lane->kernels = 0;
}

/* Launches a kernel where the plan says. Returns 0 if it has to stay on the program's stream. */
static int start_at(Lane *lane, const Request *request, int position, const Launch *launch) {
  const Step *step = &request->steps[position];
  void *stream = stream_at(lane, step->place);
  if (!stream) return 0;
  /* Who holds kernels either sees this or is seen here. */
  atomic_store(&lane->is_away, 1);
  if (atomic_load(&all_holds) || atomic_load(&lane->holds)) return 0;
  go_to(lane, stream);
  if (launch->start(launch, stream, step->priority ? step->priority : -1)) {
    say_once(SAY_NOT_THERE, "some kernels do not run in their partition, and run where they would have");
    return 0;
  }
  count(lane, request, position);
  return 1;
}

static int start_planned(Lane *lane, const Launch *launch) {
  int position = 0, result = 0;
  pthread_mutex_lock(&lane->lock);
  const Request *request = request_of(lane, launch->kernel, &position);
  if (!request || !start_at(lane, request, position, launch)) {
    atomic_fetch_add_explicit(&passed, 1, memory_order_relaxed);
    go_home(lane);
    result = launch->start(launch, lane->stream, -1);
  }
  pthread_mutex_unlock(&lane->lock);
  return result;
}

/* Handles that stand for default streams. */
#define LEGACY ((void *)1)
#define PER_THREAD ((void *)2)

int dispatch(const Device *device, void *stream, int is_per_thread, const Launch *launch) {
  int is_default = stream == LEGACY || (stream == NULL && !is_per_thread);
  int is_own = stream == PER_THREAD || (stream == NULL && is_per_thread);
  /* What streams do that wait for the default stream, but not always, depends on what came first. */
  int is_planned = is_default || (!is_own && device->is_free(stream));
  void *context = is_planned ? device->context() : NULL;
  Lane *lane = context ? lane_of(device, context, is_default ? NULL : stream) : NULL;
  if (lane) return start_planned(lane, launch);
  atomic_int *held = hold(ANY_STREAM);
  int result = launch->start(launch, NULL, -1);
  release(held);
  return result;
}

/* FNV-1a, by words. */
uint64_t name_of(const uint64_t *words, int count) {
  uint64_t name = 14695981039346656037u;
  for (int i = 0; i < count; i++) name = (name ^ words[i]) * 1099511628211u;
  return name;
}

/* The only lane of a stream; NULL if there is none, or there are others. */
static Lane *lane_named(void *stream) {
  Lane *found = NULL;
  int count = atomic_load(&lane_count);
  for (int i = 0; i < count; i++) {
    if (stream == ANY_STREAM || lanes[i].stream != (stream == LEGACY ? NULL : stream)) continue;
    if (found) return NULL;
    found = &lanes[i];
  }
  return found;
}

static int join_lane(Lane *lane) {
  if (!atomic_load(&lane->is_away)) return 0;
  pthread_mutex_lock(&lane->lock);
  void *own = lane->device->context();
  if (own != lane->context) lane->device->enter(lane->context);
  go_home(lane);
  if (own != lane->context) lane->device->enter(own);
  pthread_mutex_unlock(&lane->lock);
  return 1;
}

int join(void *stream) {
  Lane *only = lane_named(stream);
  int joined = 0, count = atomic_load(&lane_count);
  if (only) return join_lane(only);
  for (int i = 0; i < count; i++) joined |= join_lane(&lanes[i]);
  return joined;
}

atomic_int *hold(void *stream) {
  Lane *only = lane_named(stream);
  atomic_int *held = only ? &only->holds : &all_holds;
  atomic_fetch_add(held, 1);
  (void)join(only ? stream : ANY_STREAM);
  return held;
}

void release(atomic_int *held) { atomic_fetch_sub(held, 1); }

void has_waited(void) { thread_has_waited = 1; }

void end_plan(void) { (void)hold(ANY_STREAM); }

/* Appends what this process did to the file that ECLIP_PLAN_COUNTS names, for `eclip run` to tell: how
   many kernels stayed, what usually came between two waits, the counts of each request, and for which
   functions kernels had to be waited for. */
__attribute__((destructor)) static void tell(void) {
  const char *name = getenv("ECLIP_PLAN_COUNTS");
  FILE *file = name && plan() && atomic_load(&passed) ? fopen(name, "ae") : NULL;
  if (!file) return;
  fprintf(file, "%lu %lu", atomic_load(&passed), usual);
  for (int i = 0; i < plan()->request_count; i++)
    fprintf(file, " %lu %lu %lu %lu", totals[i].requests, totals[i].switches, totals[i].barriers, totals[i].returns);
  tell_joins(file);
  fputc('\n', file);
  fclose(file);
}

/* Locks that other threads held at a fork stay locked in the child, which has launched nothing itself. */
static void renew(void) {
  pthread_mutex_init(&lanes_lock, NULL);
  pthread_mutex_init(&counts_lock, NULL);
  for (int i = 0; i < atomic_load(&lane_count); i++) pthread_mutex_init(&lanes[i].lock, NULL);
  memset(totals, 0, sizeof totals);
  atomic_store(&passed, 0);
}

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, renew); }
