#include "supervisor/unit/unit_spec.h"

#include <signal.h>

const char *path_kind_name(enum path_kind kind)
{
    static const char *const names[PATH_KIND_COUNT] = {
        [PATH_EXISTS] = "PathExists",
        [PATH_EXISTS_GLOB] = "PathExistsGlob",
        [PATH_CHANGED] = "PathChanged",
        [PATH_MODIFIED] = "PathModified",
        [PATH_DIRECTORY_NOT_EMPTY] = "DirectoryNotEmpty",
    };

    return names[kind];
}

void unit_spec_init(struct unit_spec *spec, const char *name, enum unit_kind kind)
{
    *spec = (struct unit_spec){
        .name = name,
        .kind = kind,
        .description = name,
        .default_dependencies = true,
        .start_limit_interval_us = 10 * USEC_PER_SEC,
        .start_limit_burst = 5,
        .job_timeout_us = USEC_INFINITY,
        .job_running_timeout_us = USEC_INFINITY,
        .failure_action_exit_status = -1,
        .success_action_exit_status = -1,
        .service = {
            .restart_us = 100 * USEC_PER_MSEC,
            .restart_max_delay_us = USEC_INFINITY,
            .timeout_start_us = 90 * USEC_PER_SEC,
            .timeout_stop_us = 90 * USEC_PER_SEC,
            .timeout_abort_us = 90 * USEC_PER_SEC,
            .runtime_max_us = USEC_INFINITY,
            .guess_main_pid = true,
            .oom_policy = OOM_STOP,
            .reload_signal = SIGHUP,
        },
        .exec = {
            .umask = 0022,
            .mount_api_vfs = true,
            .no_new_privileges = true,
            .runtime_directory_preserve = PRESERVE_NO,
        },
        .kill = {
            .signal = SIGTERM,
            .final_signal = SIGKILL,
            .watchdog_signal = SIGABRT,
            .send_sigkill = true,
        },
        .health = {
            .interval_us = 10 * USEC_PER_SEC,
            .timeout_us = 5 * USEC_PER_SEC,
            .start_interval_us = 250 * USEC_PER_MSEC,
            .retries = 3,
            .successes = 1,
        },
    };
    for (int kind_of = 0; kind_of < DIRECTORY_KIND_COUNT; kind_of++)
        spec->exec.directories[kind_of].mode = 0755;
}
