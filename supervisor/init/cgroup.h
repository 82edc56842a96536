#ifndef REEVE_INIT_CGROUP_H
#define REEVE_INIT_CGROUP_H

/*
 * A cgroup for each service that runs, where there is a place for it (cgroup_place.h). All calls
 * are harmless where there is none.
 */

#include "supervisor/init/children.h"
#include "supervisor/init/pod.h"

/* Changes in cgroups are heard of: once the loop is there. 0 or a negative errno. */
int cgroup_watch(struct pod *pod) MUST_CHECK;

/*
 * Makes the unit's cgroup with its limits, and opens what a child has to write "0" into in order to
 * enter; *ret_fd is -1 where there is no place for cgroups. 0 or a negative errno, then with the
 * file that could not be written.
 */
int cgroup_make(struct pod *pod, unit_id id, int *ret_fd, const char **ret_file) MUST_CHECK;

/* The unit is down; whoever is left in it (KillMode=process) keeps it. */
void cgroup_remove(struct pod *pod, unit_id id);

/* For the very end: nobody and nothing is left below our place. */
void cgroup_finish(struct pod *pod);

/* Kills all that are in it at once, however fast they fork. False where that cannot be done. */
bool cgroup_kill(struct pod *pod, unit_id id);

/* Whether anybody lives in it; who has ended and waits to be reaped does not. */
bool cgroup_is_populated(const struct pod *pod, unit_id id);

/*
 * The same, for who waits for it to be empty and has nobody left to reap: news of it come as a
 * SIGCHLD of our own. So somebody who is not our child, or whom the kernel takes out of the cgroup
 * only after he has been reaped, is not waited for in vain.
 */
bool cgroup_await_empty(struct pod *pod, unit_id id);

/* Those who live in it. False: it cannot be told, or the callback ended the look. */
bool cgroup_each(const struct pod *pod, unit_id id, process_callback *call, void *context);

/* Whether the kernel tells whom it kills for want of memory by unit. */
bool cgroup_tells_oom(const struct pod *pod, unit_id id);
/* Tells the engine of kills since the last time. */
void cgroup_look_for_oom(struct pod *pod, unit_id id);

/* What systemctl shows. False: it cannot be told. */
enum cgroup_gauge {
    CGROUP_MEMORY_CURRENT,
    CGROUP_MEMORY_PEAK,
    CGROUP_TASKS_CURRENT,
    CGROUP_CPU_NS
};
bool cgroup_gauge(const struct pod *pod, unit_id id, enum cgroup_gauge gauge, uint64_t *ret_number);
/* What a limit comes to here, where it may be a share of what there is; UINT64_MAX: infinity. */
uint64_t cgroup_amount(const struct pod *pod, enum resource resource,
                       const struct resource_value *value);
/* Its path in the tree, in PATH_MAX bytes; "" when there is none. */
void cgroup_path(const struct pod *pod, unit_id id, char *ret_path);

#endif
