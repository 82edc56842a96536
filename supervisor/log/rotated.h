#ifndef REEVE_LOG_ROTATED_H
#define REEVE_LOG_ROTATED_H

/*
 * The older files of a unit's log: "redis.log.20261126T034512.123456Z", when it was rotated, in
 * UTC, so that names sort by time; with ".zst" when it is compressed. While that goes on it is
 * ".zst.tmp". What is called in another way belongs to somebody else, and is left alone.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum { STAMP_SIZE = sizeof("20261126T034512.123456Z") };

#define ROTATED_COMPRESSED ".zst"
#define ROTATED_UNFINISHED ".zst.tmp"

struct rotated {
    char stamp[STAMP_SIZE];
    bool is_plain, is_compressed; /* both: the plain one is to be removed */
    bool is_unfinished;           /* there is a beginning of a compressed one, too */
};

void rotated_stamp(char stamp[STAMP_SIZE], uint64_t realtime_us);

/* The next one behind another. 0 or -EINVAL. */
int rotated_after(char stamp[STAMP_SIZE], const char *former) MUST_CHECK;

/* The oldest first; for free(3). 0 or a negative errno. */
int rotated_list(int directory, const char *name, struct rotated **ret_list,
                 size_t *ret_count) MUST_CHECK;

#endif
