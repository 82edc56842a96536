#ifndef REEVE_INIT_SPAWN_H
#define REEVE_INIT_SPAWN_H

/*
 * The one place that forks services. The parent prepares everything (paths, words, environment) in
 * a scratch buffer; the child makes only system calls. A child that fails before exec writes a
 * struct spawn_report into the report pipe and ends with systemd's exit status for the failed step.
 */

#include "supervisor/init/pod.h"

struct spawn_report {
    int32_t id;
    pid_t pid;
    int32_t exit_status; /* enum exit_status */
    int32_t error;       /* positive errno */
    int32_t mount;       /* of the unit's plan; -1 */
};

/* Starts the command for the unit: the child's pid, or a negative errno when there is no child. */
pid_t spawn_command(struct pod *pod, unit_id id, const struct exec_command *command,
                    bool is_main) MUST_CHECK;

/* The unit's main process is gone: whether its exec succeeded comes before that. */
void spawn_read_exec(struct pod *pod, unit_id id);

/* Prints what failed children had to say. For the loop. */
void spawn_read_reports(void *pod, uint32_t events);

#endif
