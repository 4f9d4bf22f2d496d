/* NVTX: programs and frameworks name what they do in ranges, which open and close in each thread, one
   inside the other. NVTX loads the library that NVTX_INJECTION64_PATH names, and lets it put its own
   functions in place of the empty ones. */
#include <string.h>

#include "interpose.h"

enum { MOST_DEPTH = 256, NOT_OPEN = -1 };

/* What NVTX hands out, as its nvtxTypes.h declares it: tables of the places of its functions. */
typedef void (*Function)(void);
typedef struct {
  size_t bytes;
  int (*table_of)(int module, Function ***table, unsigned *count);
} Callbacks;
typedef const void *(*ExportTable)(uint32_t id);
enum { CALLBACKS = 1, CORE = 1, CORE2 = 5 };
enum { CORE_RANGE_PUSH_EX = 8, CORE_RANGE_PUSH_A, CORE_RANGE_PUSH_W, CORE_RANGE_POP };
enum { CORE2_RANGE_PUSH_EX = 4, CORE2_RANGE_POP, CORE2_REGISTER_STRING_A = 10 };

/* nvtxEventAttributes_t, version 2 and later. */
typedef struct {
  uint16_t version, bytes;
  uint32_t category;
  int color_type;
  uint32_t color;
  int payload_type, reserved;
  uint64_t payload;
  int message_type;
  const void *message;
} Attributes;
_Static_assert(offsetof(Attributes, message) == 40, "the layout of nvtxEventAttributes_t");
enum { MESSAGE_ASCII = 1, MESSAGE_REGISTERED = 3 };

/* The models of the ranges that are open in a thread; a range without one has that around it. */
static __thread int depth;
static __thread signed char models[MOST_DEPTH];

int model_of_range(void) {
  if (depth == 0) return WHOLE_DEVICE;
  return models[(depth < MOST_DEPTH ? depth : MOST_DEPTH) - 1];
}

static int open_range(const char *name) {
  int model = name ? model_named(name, IS_RANGE) : WHOLE_DEVICE;
  if (model == WHOLE_DEVICE) model = model_of_range();
  if (depth < MOST_DEPTH) models[depth] = (signed char)model;
  return depth++;
}

static int close_range(void) { return depth > 0 ? --depth : NOT_OPEN; }

static int push_attributes(const Attributes *attributes) {
  int type = attributes ? attributes->message_type : 0;
  return open_range(type == MESSAGE_ASCII || type == MESSAGE_REGISTERED ? attributes->message : NULL);
}

static int push_wide(const void *name) { return (void)name, open_range(NULL); }
static int push_in_domain(void *domain, const Attributes *attributes) {
  return (void)domain, push_attributes(attributes);
}
static int pop_in_domain(void *domain) { return (void)domain, close_range(); }
/* What stands for a text is the text itself. */
static void *register_text(void *domain, const char *text) { return (void)domain, strdup(text ? text : ""); }

static void put(Function **table, unsigned count, unsigned place, Function function) {
  if (place < count && table[place]) *table[place] = function;
}

/* NVTX calls this once, at the first use of it in a program. */
EXPORT int InitializeInjectionNvtx2(ExportTable export_table) {
  const Callbacks *callbacks = export_table(CALLBACKS);
  Function **table;
  unsigned count;
  if (!callbacks || callbacks->bytes < sizeof *callbacks) return 0;
  if (callbacks->table_of(CORE, &table, &count)) {
    put(table, count, CORE_RANGE_PUSH_EX, (Function)push_attributes);
    put(table, count, CORE_RANGE_PUSH_A, (Function)open_range);
    put(table, count, CORE_RANGE_PUSH_W, (Function)push_wide);
    put(table, count, CORE_RANGE_POP, (Function)close_range);
  }
  if (callbacks->table_of(CORE2, &table, &count)) {
    put(table, count, CORE2_RANGE_PUSH_EX, (Function)push_in_domain);
    put(table, count, CORE2_RANGE_POP, (Function)pop_in_domain);
    put(table, count, CORE2_REGISTER_STRING_A, (Function)register_text);
  }
  return 1;
}
