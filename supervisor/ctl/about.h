#ifndef REEVE_CTL_ABOUT_H
#define REEVE_CTL_ABOUT_H

/* What is to be known of one unit: from PID 1, from the unit files on disk, and from /proc. */

#include "supervisor/ctl/client.h"
#include "supervisor/ctl/stale.h"

enum { ABOUT_PROC_SIZE = 64 };

struct about {
    struct stale stale;
    struct details pod; /* its properties; empty: not asked for yet */
};

struct ctl;

/* All properties of a unit, with NeedDaemonReload if `looks_at_disk`: that reads all unit files. 0,
 * -ENOENT without a word, or a negative errno that has been told on stderr. */
int about_fetch(struct ctl *ctl, const char *unit, bool looks_at_disk,
                struct details *ret_unit) MUST_CHECK;

/* The properties of the pod, into ctl->about.pod. */
int about_fetch_path(struct ctl *ctl) MUST_CHECK;

/* The /proc in which PID 1's pids mean something; NULL when there is none to be had. */
const char *about_proc(const struct ctl *ctl, const struct details *unit,
                       char path[ABOUT_PROC_SIZE]);

/* systemctl's warning on stderr when the unit has changed on disk. */
void about_warn(struct ctl *ctl, const char *unit);

void about_release(struct about *about);

#endif
