#ifndef REEVE_INIT_ENVIRONMENT_H
#define REEVE_INIT_ENVIRONMENT_H

/*
 * argv and environment of one child, built in a fixed scratch buffer: no allocation, and a unit
 * that asks for more than fits fails with -E2BIG instead of costing memory for ever.
 *
 * The environment is the container's (it is inherited by default, PassEnvironment= narrows it),
 * then what systemd sets ($USER, $HOME, $NOTIFY_SOCKET, $STATE_DIRECTORY, $INVOCATION_ID …:
 * systemd.exec(5), ENVIRONMENT VARIABLES IN SPAWNED PROCESSES), then Environment=, then
 * EnvironmentFile=.
 */

#include "supervisor/init/pod.h"

enum { PID_TEXTS = 3 };

struct image {
    char *argv[STRINGS_MAX];
    char *envp[STRINGS_MAX];
    char *pid_texts[PID_TEXTS]; /* values that shall be the child's own pid */
    size_t argc, envc, pid_count;
    size_t used;
    const char *bad_file; /* the EnvironmentFile= that image_build() could not use; NULL */
    char bytes[SCRATCH_SIZE];
};

/* 0, -E2BIG, or the errno of an EnvironmentFile= that is not optional. */
int image_build(struct image *image, const struct pod *pod, unit_id id,
                const struct exec_command *command) MUST_CHECK;

/* For the child: $LISTEN_PID and the like become its pid. Makes no system call. */
void image_set_pid(struct image *image, pid_t pid);

#endif
