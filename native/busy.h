/* Programs at levels of priority, and those that yield to them. */
#ifndef ECLIP_BUSY_H
#define ECLIP_BUSY_H

#include "interpose.h"

/* busy.c: until when programs are busy, on a page that all clients of an MPS daemon share. */

/* Says that this program is busy, before it launches something on a stream. */
HIDDEN void note_launch(void *stream);

/* How far a program had come on a stream, or with ANY_STREAM on all of them: its launches so far. */
typedef struct {
  struct Work *work; /* NULL: nobody knows */
  unsigned long launches;
} Progress;
HIDDEN Progress progress_on(void *stream);
/* An event stands for what was on its stream when it was recorded. */
HIDDEN void remember_event(void *event, Progress progress);
HIDDEN Progress progress_at(void *event);
/* Says that so much is over, as the program knows now. */
HIDDEN void note_over(Progress progress);

/* Until when programs of higher levels than this one's are busy, by `now_us`, as far as is known now. */
HIDDEN long long busy_above(void);
/* Whether this program may go on now that has been held for long. */
HIDDEN int take_turn(long long now);
/* The system's clock, which all programs share, in µs. */
HIDDEN long long now_us(void);

/* yield.c: lets programs of higher levels go before this one, if it was asked to. */

/* Has to be called before so many kernels are launched on a stream, or a graph of which nobody knows how many it has:
   waits as long as it has to, and says that the program is busy. */
enum { A_GRAPH = 1 << 16 };
HIDDEN void begin_launch(CUstream stream, int kernels);
/* Whether there is somebody to yield to now. */
HIDDEN int has_to_yield(void);
/* Whether launches on a stream are only written down now, or nobody knows. */
HIDDEN int is_capturing(CUstream stream);

#endif
