#include "supervisor/init/helpers.h"

#include "supervisor/unit/log_spec.h"

#include <string.h>

/* What both have in common. A helper that dies is back at once, as often as it is killed; one
 * that does not live for a second is tried more and more seldom, at last every 5 s. */
#define COMMON                                                                                     \
    "Restart=always\n"                                                                             \
    "RestartSec=20ms\n"                                                                            \
    "RestartSteps=12\n"                                                                            \
    "RestartMaxDelaySec=5s\n"                                                                      \
    "TimeoutStopSec=5s\n"                                                                          \
    "ProtectSystem=strict\n"                                                                       \
    "NoNewPrivileges=yes\n"                                                                        \
    "CapabilityBoundingSet=\n"                                                                     \
    "RestrictNamespaces=yes\n"                                                                     \
    "LockPersonality=yes\n"                                                                        \
    "SystemCallArchitectures=native\n"                                                             \
    "[X-Reeve]\n"                                                                                  \
    "SandboxPolicy=degrade\n"

static const char log_text[] = "[Unit]\n"
                               "Description=Log collector of reeve\n"
                               "StartLimitIntervalSec=0\n"
                               "[Service]\n"
                               "Type=exec\n"
                               "NotifyAccess=main\n"
                               "FileDescriptorStoreMax=65\n" /* its lines, and streams */
                               "ExecStart=reeve-log\n" COMMON;

static const char health_text[] = "[Unit]\n"
                                  "Description=Probes and health port of reeve\n"
                                  "StartLimitIntervalSec=0\n"
                                  "After=reeve-log.service\n"
                                  "[Service]\n"
                                  "Type=exec\n"
                                  "NotifyAccess=main\n"
                                  "ExecStart=reeve-health\n" COMMON;

/* The user of any other pod: it needs no entry in /etc/passwd. */
static const char user_text[] = "[Service]\n"
                                "User=1001\n";

/*
 * Where reeve itself is below a watchdog its word on the pod is that of reeve-health: one that
 * hangs is killed, and the next one speaks. Elsewhere that is not worth a wake-up.
 */
static const char watched_text[] = "[Service]\n"
                                   "WatchdogSec=10s\n"
                                   "WatchdogSignal=SIGKILL\n";

static struct unit_text part(const char *name, const char *text)
{
    return (struct unit_text){ .path = name, .text = text, .size = strlen(text) };
}

static int add(struct unit_set *set, const struct unit_text *parts, size_t count,
               struct problem_sink *sink)
{
    struct unit_source source = {
        .name = parts[0].path, .is_internal = true, .parts = parts, .part_count = count
    };

    return unit_set_add(set, &source, sink);
}

int helpers_add(struct unit_set *set, const struct helpers_options *options,
                struct problem_sink *sink)
{
    struct unit_text log[] = { part("reeve-log.service", log_text), part("User", user_text) };
    struct unit_text health[3] = { part("reeve-health.service", health_text) };
    size_t count = 1;
    int error = add(set, log, options->have_user ? 2 : 1, sink);

    if (options->have_user)
        health[count++] = part("User", user_text);
    if (options->are_watched)
        health[count++] = part("Watchdog", watched_text);
    return error < 0 ? error : add(set, health, count, sink);
}

void helpers_give_logs(struct unit_set *set)
{
    static char *const names[] = { (char *)"reeve", NULL };
    unit_id log = unit_set_find(set, "reeve-log.service");
    bool is_wanted = false;

    for (size_t i = 0; i < set->count && !is_wanted; i++)
        is_wanted = log_spec_of(set->specs[i])->file.name;
    if (is_wanted && log != UNIT_NONE)
        set->specs[log]->exec.directories[DIRECTORY_LOGS].names = names;
}
