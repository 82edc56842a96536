#ifndef REEVE_INIT_LAUNCHER_LOG_H
#define REEVE_INIT_LAUNCHER_LOG_H

/* The last words of a unit, out of the file that reeve-log writes in short-iso. */

#include <stdio.h>
#include <sys/types.h>

enum { LAUNCHER_LOG_LINES = 12 };

/*
 * Prints the last lines of `path` behind offset `from` that the unit wrote, to `out`, indented by
 * two; all units' when `unit` is NULL or wrote nothing. Returns how many.
 */
unsigned launcher_log_tail(const char *path, off_t from, const char *unit, FILE *out);

#endif
