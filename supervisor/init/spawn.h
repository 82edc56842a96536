#ifndef REEVE_INIT_SPAWN_H
#define REEVE_INIT_SPAWN_H

/*
 * The one place that forks services. The parent prepares everything (paths, words, environment) in
 * a scratch buffer; the child makes only system calls. A child that fails before exec writes a
 * struct spawn_report into the report pipe and ends with systemd's exit status for the failed step.
 */

#include "sandbox/stage.h"
#include "supervisor/init/pod.h"

enum { SPAWN_PATH_SIZE = 256 }; /* of a path in a report, which is cut off there */

struct spawn_report {
    pid_t pid;
    struct stage_failure failure; /* its path is the one below */
    char path[SPAWN_PATH_SIZE];   /* "": none */
};

/* Starts the command for the unit: the child's pid, or a negative errno when there is no child. */
pid_t spawn_command(struct pod *pod, unit_id id, const struct exec_command *command,
                    bool is_main) MUST_CHECK;

/* Prints what failed children had to say. For the loop. */
void spawn_read_reports(void *pod, uint32_t events);

#endif
