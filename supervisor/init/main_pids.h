#ifndef REEVE_INIT_MAIN_PIDS_H
#define REEVE_INIT_MAIN_PIDS_H

/*
 * The main process that each unit has, or had last, in memory that reeve-log can look at: it costs
 * a start no message. By the unit's position; units for which there is no room have none.
 */

#include <stddef.h>

#include "supervisor/unit/unit_spec.h"

struct pod;

struct main_pids {
    int fd;     /* -1: could not be had */
    pid_t *map; /* NULL: the same */
    size_t count;
};

/* Where it fails, lines come without a pid: nothing else depends on it. */
void main_pids_open(struct pod *pod);

/* The unit's main process may be another one. */
void main_pids_tell(struct pod *pod, unit_id id);

/* After a reload the units have other positions. */
void main_pids_renew(struct pod *pod);

#endif
