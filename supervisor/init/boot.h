#ifndef REEVE_INIT_BOOT_H
#define REEVE_INIT_BOOT_H

/*
 * Everything before the line after which PID 1 does not die: reading units, planning sandboxes,
 * sizing all tables, opening all sockets. Here an error ends the program with one clear line and
 * systemd's exit status.
 */

#include "supervisor/init/options.h"
#include "supervisor/init/pod.h"

/*
 * Makes the pod ready to run; only the loop is missing. Returns 0 or the exit status to end with
 * (the reason is on stderr).
 */
int boot_pod(struct pod *pod, const struct options *options, int view_fd) MUST_CHECK;

/*
 * Reads the units into a new set, in the pod's place; problems go to the sink. Also used by a
 * reload, which has the pod's present set beside it: the instances that run are read again, and
 * what is still needed and has no files any more is adopted. Returns 0 or an exit status;
 * `ret_set` is released by the caller in both cases.
 */
int boot_load_units(const struct pod *pod, bool is_reload, struct unit_set *ret_set,
                    struct problem_sink *sink) MUST_CHECK;

/* A member of the pod before its pipe is opened and its plan made. 0 or -ENOMEM. */
int member_init(struct member *member, struct pod *pod, const struct unit_spec *spec,
                uint32_t seal_number) MUST_CHECK;

#endif
