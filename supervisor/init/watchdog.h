#ifndef REEVE_INIT_WATCHDOG_H
#define REEVE_INIT_WATCHDOG_H

/*
 * The watchdog that reeve itself is below: whoever starts it with WatchdogSec= hears WATCHDOG=1
 * from the loop (manager.h), twice in each such span, as sd_watchdog_enabled(3) advises. Nobody
 * asked: an interval of 0, and no wake-ups. Pure.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct watchdog {
    uint64_t interval_us; /* between two messages; 0: none are wanted */
    uint64_t due_us;      /* the next one, on the monotonic clock */
};

/*
 * From $WATCHDOG_USEC and $WATCHDOG_PID, either of which may be NULL. What is no number is not for
 * us, and neither is what names another process.
 */
struct watchdog watchdog_read(const char *span, const char *pid, pid_t self);
/* Whether to send now; moves due_us on if so. */
bool watchdog_is_due(struct watchdog *watchdog, uint64_t now_us);

#endif
