#ifndef REEVE_INIT_ENVIRONMENT_H
#define REEVE_INIT_ENVIRONMENT_H

/*
 * argv and environment of one child of PID 1 (supervisor/files/image.h).
 *
 * The environment is the container's (it is inherited by default, PassEnvironment= narrows it),
 * then what systemd sets ($USER, $HOME, $NOTIFY_SOCKET, $STATE_DIRECTORY, $INVOCATION_ID …:
 * systemd.exec(5), ENVIRONMENT VARIABLES IN SPAWNED PROCESSES), then Environment=, then
 * EnvironmentFile=.
 */

#include "supervisor/files/image.h"
#include "supervisor/init/pod.h"

/* 0, -E2BIG, or the errno of an EnvironmentFile= that is not optional. */
int image_build(struct image *image, const struct pod *pod, unit_id id,
                const struct exec_command *command) MUST_CHECK;

#endif
