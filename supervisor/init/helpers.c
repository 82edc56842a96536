#include "supervisor/init/helpers.h"

#include <string.h>

/* What both have in common. A helper that dies is back at once; one that cannot live is tried every
 * 5 s. */
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
                               "ExecStart=reeve-log\n" COMMON;

static const char health_text[] = "[Unit]\n"
                                  "Description=Probes and health port of reeve\n"
                                  "StartLimitIntervalSec=0\n"
                                  "After=reeve-log.service\n"
                                  "[Service]\n"
                                  "Type=exec\n"
                                  "NotifyAccess=main\n"
                                  "ExecStart=reeve-health\n" COMMON;

static int add(struct unit_set *set, struct problem_sink *sink, const char *name, const char *text)
{
    struct unit_text part = { .path = name, .text = text, .size = strlen(text) };
    struct unit_source source = {
        .name = name, .is_internal = true, .parts = &part, .part_count = 1
    };

    return unit_set_add(set, &source, sink);
}

int helpers_add(struct unit_set *set, struct problem_sink *sink)
{
    int error = add(set, sink, "reeve-log.service", log_text);

    return error < 0 ? error : add(set, sink, "reeve-health.service", health_text);
}
