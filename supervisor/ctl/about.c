#include "supervisor/ctl/about.h"

#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <stdio.h>

/* A connection per question: what is late for one cannot be taken for the answer to the next. */
static int ask(struct ctl *ctl, const char *unit, struct details *details)
{
    int error = client_open(&ctl->client);

    if (error < 0)
        return error;
    error = client_show(&ctl->client, unit, details);
    client_close(&ctl->client);
    ctl->style.now_us = ctl_now_us();
    return error;
}

int about_fetch_path(struct ctl *ctl)
{
    return ctl->about.pod.count > 0 ? 0 : ask(ctl, NULL, &ctl->about.pod);
}

int about_fetch(struct ctl *ctl, const char *unit, bool looks_at_disk, struct details *ret_unit)
{
    char name[WIRE_NAME_SIZE];
    bool is_stale = false;
    int error;

    model_unit_name(unit, name);
    error = ask(ctl, name, ret_unit);
    if (error < 0 || !looks_at_disk)
        return error;
    if (about_fetch_path(ctl) == 0)
        is_stale =
            stale_check(&ctl->about.stale, details_text(&ctl->about.pod, "UnitPath"), ret_unit);
    return details_add(ret_unit, "NeedDaemonReload", WIRE_IS_BOOLEAN, NULL, is_stale);
}

const char *about_proc(const struct ctl *ctl, const struct details *unit,
                       char path[ABOUT_PROC_SIZE])
{
    if (ctl->client.peer <= 0 || unit->processes.total == 0)
        return NULL;
    /* A pod of `reeve --isolate` has pids and a /proc of its own; PID 1's root leads there. */
    if (ctl->client.peer == unit->processes.init)
        snprintf(path, ABOUT_PROC_SIZE, "/proc");
    else
        snprintf(path, ABOUT_PROC_SIZE, "/proc/%d/root/proc", (int)ctl->client.peer);
    return path;
}

void about_warn(struct ctl *ctl, const char *unit)
{
    struct details details = { 0 };

    if (about_fetch(ctl, unit, true, &details) == 0 && details_number(&details, "NeedDaemonReload"))
        fprintf(stderr,
                "Warning: The unit file, source configuration file or drop-ins of %s changed on "
                "disk. Run 'reevectl daemon-reload' to reload units.\n",
                details_text(&details, "Id"));
    details_release(&details);
}

void about_release(struct about *about)
{
    stale_release(&about->stale);
    details_release(&about->pod);
}
