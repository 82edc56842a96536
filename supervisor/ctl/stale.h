#ifndef REEVE_CTL_STALE_H
#define REEVE_CTL_STALE_H

/*
 * Whether a unit is on disk what PID 1 has loaded. The files are read here, not by PID 1, which
 * never waits for a disk: the same loader gives the same digest for the same text, so a drop-in
 * that came or went counts, and a file that was only touched does not.
 */

#include "supervisor/ctl/details.h"

struct unit_set;

struct stale {
    struct unit_set *set; /* as the files are now; NULL: not read yet, or they cannot be */
    bool was_tried;
};

void stale_release(struct stale *stale);

/* `unit_path` is PID 1's: directories, separated by spaces. False also when nobody can say. */
bool stale_check(struct stale *stale, const char *unit_path, const struct details *unit);

#endif
