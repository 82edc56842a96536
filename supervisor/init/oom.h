#ifndef REEVE_INIT_OOM_H
#define REEVE_INIT_OOM_H

/*
 * What the kernel kills for want of memory, as far as the cgroup that we are in tells: its counter
 * of kills, in memory.events or, in the older hierarchy, memory.oom_control. It says how many, not
 * who; see adr/0015.
 */

#include <stdint.h>

struct oom_watch {
    int fd;         /* of the file with the counter; -1: there is none */
    uint64_t kills; /* as it was looked at last */
};

/* Where there is no such file, or it cannot be read, no kill will be seen. */
void oom_open(struct oom_watch *watch);
/* How many processes the kernel has killed since the last call. */
uint64_t oom_count(struct oom_watch *watch);

#endif
