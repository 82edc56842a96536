#ifndef REEVE_UNIT_VALUE_H
#define REEVE_UNIT_VALUE_H

/*
 * Single values to numbers, each in systemd's grammar. All return 0, -EINVAL for what is no such
 * value, -ERANGE for one that is too large, too small or overflows; *ret is then untouched.
 */

#include "supervisor/unit/unit_spec.h"

/* 1 yes y true t on, 0 no n false f off, in any case of letters. */
int value_boolean(const char *text, bool *ret_is_true) MUST_CHECK;

/*
 * systemd.time(7), PARSING TIME SPANS: "5min 20s", "1.5h", "infinity". A number without a unit
 * counts default_unit_us. A month is 30.44 days, a year 365.25 days.
 */
int value_time(const char *text, uint64_t default_unit_us, uint64_t *ret_us) MUST_CHECK;

/* The same in nanoseconds, which a number without a unit counts; "5ns" as well. */
int value_time_ns(const char *text, uint64_t *ret_ns) MUST_CHECK;

/* "512M", "1.5G", "1G 300M"; base 1024; less than 2^64. Not "infinity". */
int value_size(const char *text, uint64_t *ret_bytes) MUST_CHECK;

/* "12%" or "12.34%", up to 100%, in hundredths of a percent. */
int value_percentage(const char *text, unsigned *ret_permyriad) MUST_CHECK;

/* Decimal, 0x, 0o, 0b, or octal with a leading 0. */
int value_unsigned(const char *text, uint64_t max, uint64_t *ret_number) MUST_CHECK;
int value_integer(const char *text, int min, int max, int *ret_number) MUST_CHECK;

/* "0755", at most 07777. */
int value_mode(const char *text, mode_t *ret_mode) MUST_CHECK;

/* "SIGTERM", "TERM", "15", "RTMIN+3", "SIGRTMAX-1"; 1 to 64. */
int value_signal(const char *text, int *ret_signal) MUST_CHECK;

/* "EPERM", in any case, or a number, 0 to 4095. */
int value_errno(const char *text, int *ret_errno) MUST_CHECK;

/* A capability by its name in any case ("CAP_KILL") or number. */
int value_capability(const char *text, unsigned *ret_capability) MUST_CHECK;
enum { CAPABILITY_COUNT = 41 }; /* Linux 5.9 to 6.18: up to CAP_CHECKPOINT_RESTORE */

/*
 * "soft:hard" or one value for both; `limit` is RLIMIT_…, which decides whether it is a time, a
 * size, a nice level or a number. -EILSEQ when soft is above hard.
 */
int value_limit(const char *text, int limit, struct resource_limit *ret_limit) MUST_CHECK;

#endif
