#ifndef REEVE_CTL_LOG_TIME_H
#define REEVE_CTL_LOG_TIME_H

#include "supervisor/unit/macro.h"

/*
 * A moment as systemd.time(7), PARSING TIMESTAMPS, writes it: "2026-11-26 12:01:03.5 UTC", with or
 * without its weekday, its date or its seconds; "today", "yesterday", "tomorrow", "now",
 * "10 min ago", "1h left", "-1h", "+5s", "@1700000000". Pure, but for the time zone; `now_us` and
 * the result are microseconds since the epoch. 0, -EINVAL or -ERANGE.
 */
int log_time_parse(const char *text, uint64_t now_us, uint64_t *ret_us) MUST_CHECK;

#endif
