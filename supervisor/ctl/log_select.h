#ifndef REEVE_CTL_LOG_SELECT_H
#define REEVE_CTL_LOG_SELECT_H

/*
 * Which lines `reevectl logs` shows. What reeve-log can select is asked of it; the rest is looked
 * at here: several units and patterns of names, identifiers, a range of priorities, a regular
 * expression.
 */

#include "supervisor/wire/log_wire.h"

#include <regex.h>

enum { LOG_NAMES_MAX = 64 };

struct log_select {
    const char *units[LOG_NAMES_MAX];       /* names or patterns (fnmatch(3)); any of them */
    const char *identifiers[LOG_NAMES_MAX]; /* likewise, but names only */
    size_t unit_count, identifier_count;
    uint8_t highest_priority, lowest_priority; /* 0 and 7: all */
    regex_t *grep;                             /* NULL: none; borrowed */
};

/* "err", "3", "warning..err" (journalctl(1), -p). 0 or -EINVAL. */
int log_select_priority(struct log_select *select, const char *text) MUST_CHECK;

/* Whether reeve-log can select just these lines itself, so that it can count them. */
bool log_select_is_simple(const struct log_select *select);

bool log_select_has(const struct log_select *select, const struct log_packet *packet);

#endif
