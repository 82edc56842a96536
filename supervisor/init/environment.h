#ifndef REEVE_INIT_ENVIRONMENT_H
#define REEVE_INIT_ENVIRONMENT_H

/*
 * argv and environment of one child, built in a fixed scratch buffer: no allocation, and a unit
 * that asks for more than fits fails with -E2BIG instead of costing memory for ever.
 *
 * The environment is the container's (it is inherited by default, PassEnvironment= narrows it),
 * then what systemd sets ($USER, $HOME, $NOTIFY_SOCKET, $STATE_DIRECTORY, $INVOCATION_ID …:
 * systemd.exec(5), ENVIRONMENT VARIABLES IN SPAWNED PROCESSES), then EnvironmentFile=, then
 * Environment=.
 */

#include "supervisor/init/pod.h"

struct image {
    char *argv[STRINGS_MAX];
    char *envp[STRINGS_MAX];
    size_t argc, envc;
    size_t used;
    char bytes[SCRATCH_SIZE];
};

/* 0, -E2BIG, or the errno of an EnvironmentFile= that is not optional. */
int image_build(struct image *image, const struct pod *pod, unit_id id,
                const struct exec_command *command) MUST_CHECK;

#endif
