/*
 * What each service of the pod does in the same way: lines with a priority on stderr, readiness and
 * status for the supervisor (sd_notify(3)), an orderly end on SIGTERM.
 */
#ifndef SERVICES_COMMON_SERVICE_H
#define SERVICES_COMMON_SERVICE_H

#include <stdint.h>

/* syslog(3)'s numbers, which sd-daemon(3) prefixes carry. */
enum service_priority {
    SERVICE_ERROR = 3,
    SERVICE_WARNING = 4,
    SERVICE_NOTICE = 5,
    SERVICE_INFO = 6,
};

/*
 * One line on stderr. The "<N>" in front is for a supervisor's log and is left out on a terminal.
 * The line is written with one write(2), so that threads do not mix theirs.
 */
void service_log(enum service_priority priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each returns at once and does nothing when nobody supervises us. */
void service_ready(const char *status);
void service_status(const char *status);
void service_stopping(const char *status);

/*
 * Blocks SIGTERM, SIGINT and SIGHUP (so call it before the first thread starts) and ignores
 * SIGPIPE. Returns a descriptor (signalfd, CLOEXEC) that becomes readable when one comes, or a
 * negative errno.
 */
int service_signals_open(void) __attribute__((warn_unused_result));

/*
 * Waits at most timeout_ms (-1: for ever) and returns the signal that came, 0 when none did, a
 * negative errno when waiting failed.
 */
int service_signals_wait(int fd, int timeout_ms) __attribute__((warn_unused_result));

#endif
