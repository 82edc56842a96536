#ifndef REEVE_INIT_MAIN_PROCESS_H
#define REEVE_INIT_MAIN_PROCESS_H

/*
 * A main process that we did not start ourselves: one that MAINPID= or a pid file names, or that
 * was guessed. As a rule it is our child by then, because whoever forked it has gone, and reaping
 * tells its end. As long as its parent lives, a pidfd tells it.
 */

#include "supervisor/init/pod.h"

/*
 * Why the process cannot be the unit's main process; NULL: it can. It must live, belong to the unit
 * (by its seal), and be neither reeve nor the unit's control process.
 */
const char *main_process_objection(struct pod *pod, unit_id id, pid_t pid) MUST_CHECK;

/* The engine may have taken another main process than `before`: it is watched from now on. */
void main_process_changed(struct pod *pod, unit_id id, pid_t before);
/* Reaped: nothing to be watched any more. */
void main_process_reaped(struct pod *pod, unit_id id);
/* Of a unit that is dropped: the end of what it has left is not waited for. */
void main_process_forget(const struct pod *pod, struct member *member);

/* The poll set of all pidfds; its descriptor is for the loop, with main_process_ended(). */
int main_process_open(struct pod *pod) MUST_CHECK;
void main_process_ended(void *pod, uint32_t events);

#endif
