/* The device's SMs, split into granules, and a green context of each model's own over some of them. A
   model whose granules are changed gets another; the streams that were made before stay in theirs. */
#include <pthread.h>
#include <stdatomic.h>

#include "interpose.h"

enum { MOST_PARTITIONS = 256, GRANULE_SMS = 8 };

typedef struct {
  CUdevice device;
  int model;
  uint64_t granules;
  int made;
  Partition partition;
} Slot;

static Slot slots[MOST_PARTITIONS];
static atomic_int slot_count; /* those before it do not change */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The granules of a device, the remainder last; how many there are. */
static unsigned split(CUdevice device, DeviceResource granules[MOST_GRANULES]) {
  DeviceResource whole = {0}, rest = {0};
  if (DRIVER(cuDeviceGetDevResource, (CUdevice, DeviceResource *, int), device, &whole, RESOURCE_TYPE_SM))
    return 0;
  unsigned count = whole.sm_count / GRANULE_SMS;
  if (count == 0 || count >= MOST_GRANULES) return 0;
  if (DRIVER(cuDevSmResourceSplitByCount,
             (DeviceResource *, unsigned *, const DeviceResource *, DeviceResource *, unsigned, unsigned),
             granules, &count, &whole, &rest, 0, GRANULE_SMS))
    return 0;
  if (rest.sm_count > 0) granules[count++] = rest;
  return count;
}

static int make(CUdevice device, uint64_t wanted, Partition *made) {
  DeviceResource granules[MOST_GRANULES] = {{0}}, chosen[MOST_GRANULES];
  unsigned count = split(device, granules), chosen_count = 0;
  if (count == 0) {
    say_once(SAY_NO_PARTITIONS, "this GPU cannot be partitioned now (under MPS it never can): kernels run anywhere");
    return 0;
  }
  for (unsigned i = 0; i < MOST_GRANULES; i++) {
    if (!(wanted >> i & 1)) continue;
    if (i >= count) {
      say_once(SAY_NOT_ON_DEVICE, "this GPU has fewer granules than were named: those kernels run anywhere");
      return 0;
    }
    chosen[chosen_count++] = granules[i];
  }
  void *description = NULL;
  if (DRIVER(cuDevResourceGenerateDesc, (void **, DeviceResource *, unsigned), &description, chosen, chosen_count) ||
      DRIVER(cuGreenCtxCreate, (CUgreenCtx *, void *, CUdevice, unsigned), &made->green, description, device,
             GREEN_DEFAULT_STREAM) ||
      DRIVER(cuCtxFromGreenCtx, (CUcontext *, CUgreenCtx), &made->context, made->green)) {
    say_once(SAY_NO_PARTITIONS, "the driver makes no partition (under MPS it never does): kernels run anywhere");
    return 0;
  }
  return 1;
}

/* Partitions go with the primary context: streams of other contexts stay where they are. */
static int is_primary(CUdevice device) {
  unsigned flags;
  int active = 0;
  CUcontext current = NULL, primary = NULL;
  if (DRIVER(cuCtxGetCurrent, (CUcontext *), &current)) return 0;
  if (model_of_context(current) != WHOLE_DEVICE) return 1;
  if (DRIVER(cuDevicePrimaryCtxGetState, (CUdevice, unsigned *, int *), device, &flags, &active) || !active) return 0;
  if (DRIVER(cuDevicePrimaryCtxRetain, (CUcontext *, CUdevice), &primary, device)) return 0;
  (void)DRIVER(cuDevicePrimaryCtxRelease_v2, (CUdevice), device);
  return current == primary;
}

/* The current device, if it is the primary context that is current. */
static int is_current(CUdevice *device) {
  if (DRIVER(cuCtxGetDevice, (CUdevice *), device)) return 0;
  if (is_primary(*device)) return 1;
  say_once(SAY_OTHER_CONTEXT, "streams of contexts beside the primary one stay on the whole GPU");
  return 0;
}

int make_partition(uint64_t granules, Partition *made) {
  CUdevice device;
  return is_current(&device) && make(device, granules, made);
}

static const Slot *slot_of(CUdevice device, int model, uint64_t granules) {
  int count = atomic_load(&slot_count);
  for (int i = 0; i < count; i++)
    if (slots[i].device == device && slots[i].model == model && slots[i].granules == granules) return &slots[i];
  if (count == MOST_PARTITIONS) {
    say_once(SAY_TOO_MANY_PARTITIONS, "there are too many partitions for another: those kernels run anywhere");
    return NULL;
  }
  Slot *slot = &slots[count];
  *slot = (Slot){device, model, granules, 0, {NULL, NULL}};
  slot->made = make(device, granules, &slot->partition);
  atomic_store(&slot_count, count + 1);
  return slot;
}

const Partition *partition_of(int model) {
  CUdevice device;
  if (model == WHOLE_DEVICE || !is_current(&device)) return NULL;
  pthread_mutex_lock(&lock);
  const Slot *slot = slot_of(device, model, settings()->models[model].granules);
  pthread_mutex_unlock(&lock);
  return slot && slot->made ? &slot->partition : NULL;
}

int model_of_context(CUcontext context) {
  if (context == NULL) return WHOLE_DEVICE;
  int count = atomic_load(&slot_count);
  for (int i = 0; i < count; i++)
    if (slots[i].made && slots[i].partition.context == context) return slots[i].model;
  return WHOLE_DEVICE;
}

/* A lock that another thread held at a fork stays locked in the child. */
static void renew_lock(void) { pthread_mutex_init(&lock, NULL); }

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, renew_lock); }
