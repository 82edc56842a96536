#ifndef REEVE_INIT_LOOP_H
#define REEVE_INIT_LOOP_H

/*
 * The one event loop of PID 1, and the only user of sd-event and of the clock. All sources are
 * created at boot, except those of peers that come and go. A callback never runs inside another
 * one.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

struct loop;
struct loop_source;

/* `events`: EPOLLIN and friends. */
typedef void loop_fd_callback(void *context, uint32_t events);
/*
 * Who sent a signal. LOOP_SENDER_UNKNOWN: its code is not one that the kernel sets for kill(2) and
 * its kin, nor the kernel's own, so that any process may have put in any number, or had it sent by
 * a timer or a socket.
 */
enum { LOOP_SENDER_OUTSIDE = 0, LOOP_SENDER_UNKNOWN = -1 };
/* `sender`: the process that sent it, as far as our PID namespace can see one; or one of the above:
 * the first is for the kernel itself, too. */
typedef void loop_signal_callback(void *context, int signal, pid_t sender);
typedef void loop_callback(void *context);

int loop_new(struct loop **ret_loop) MUST_CHECK;
struct loop *loop_free(struct loop *loop);

int loop_add_fd(struct loop *loop, int fd, loop_fd_callback *callback, void *context,
                struct loop_source **ret_source) MUST_CHECK;
/* Which events the source waits for; 0: none. */
void loop_set_events(struct loop_source *source, uint32_t events);
/* Accepts NULL. The descriptor stays open. */
struct loop_source *loop_source_free(struct loop_source *source);

/* The signal must be blocked. */
int loop_add_signal(struct loop *loop, int signal, loop_signal_callback *callback,
                    void *context) MUST_CHECK;

/* The loop's single timer: `callback` runs once when now reaches `deadline_us` (USEC_INFINITY:
 * never). */
int loop_set_timer_callback(struct loop *loop, loop_callback *callback, void *context) MUST_CHECK;
void loop_set_deadline(struct loop *loop, uint64_t deadline_us);

/*
 * Waits and dispatches, and runs `settle` after each round, until loop_quit(). An error of sd-event
 * itself is returned; the caller decides what PID 1 makes of it.
 */
int loop_run(struct loop *loop, loop_callback *settle, void *context) MUST_CHECK;
void loop_quit(struct loop *loop);

uint64_t clock_monotonic_us(void);
uint64_t clock_realtime_us(void);

#endif
