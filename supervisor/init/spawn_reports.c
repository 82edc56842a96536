#include "supervisor/init/spawn.h"

#include "supervisor/unit/exit_status.h"

#include <string.h>
#include <unistd.h>

static void print_report(struct pod *pod, const struct spawn_report *report)
{
    const char *name = exit_status_name(report->exit_status), *directive, *path;
    const struct sandbox_plan *plan = pod->members[report->id].plan;

    if (plan && sandbox_plan_mount(plan, report->mount, &directive, &path))
        pod_log(pod, 3, "%s: process %d failed at step %s before its program ran: %s=, '%s': %s",
                pod_unit_name(pod, report->id), (int)report->pid, name ? name : "?", directive,
                path, strerror(report->error));
    else
        pod_log(pod, 3, "%s: process %d failed at step %s before its program ran: %s",
                pod_unit_name(pod, report->id), (int)report->pid, name ? name : "?",
                strerror(report->error));
}

void spawn_read_reports(void *context, uint32_t events)
{
    struct pod *pod = context;
    struct spawn_report report;

    (void)events;
    while (read(pod->report_read, &report, sizeof(report)) == (ssize_t)sizeof(report)) {
        /* By its pid: a reload may have given the units other positions. */
        report.id = pid_table_find(&pod->pids, report.pid);
        if (report.id != UNIT_NONE)
            print_report(pod, &report);
    }
}
