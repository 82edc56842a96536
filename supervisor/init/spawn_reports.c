#include "supervisor/init/spawn.h"

#include "supervisor/unit/exit_status.h"

#include <unistd.h>

enum { TELL_SIZE = 384 };

static void print_report(struct pod *pod, unit_id id, struct spawn_report *report)
{
    const char *name = exit_status_name(stage_exit_status(report->failure.stage));
    char text[TELL_SIZE];

    report->failure.path = report->path[0] ? report->path : NULL;
    sandbox_plan_tell(pod->members[id].plan, &report->failure, text, sizeof(text));
    pod_log(pod, 3, "%s: process %d failed at step %s before its program ran: %s",
            pod_unit_name(pod, id), (int)report->pid, name ? name : "?", text);
}

void spawn_read_reports(void *context, uint32_t events)
{
    struct pod *pod = context;
    struct spawn_report report;

    (void)events;
    while (read(pod->report_read, &report, sizeof(report)) == (ssize_t)sizeof(report)) {
        /* By its pid: a reload may have given the units other positions. */
        unit_id id = pid_table_find(&pod->pids, report.pid);

        if (id != UNIT_NONE && pod->members[id].plan)
            print_report(pod, id, &report);
    }
}
