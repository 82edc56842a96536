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
                               "NotifyAccess=main\n"
                               "FileDescriptorStoreMax=1\n" /* the lines that it keeps */
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

int helpers_add(struct unit_set *set, bool have_user, struct problem_sink *sink)
{
    struct unit_text log[] = { part("reeve-log.service", log_text), part("User", user_text) };
    struct unit_text health[] = { part("reeve-health.service", health_text),
                                  part("User", user_text) };
    size_t count = have_user ? ARRAY_SIZE(log) : 1;
    int error = add(set, log, count, sink);

    return error < 0 ? error : add(set, health, count, sink);
}
