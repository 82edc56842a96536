#include "supervisor/ctl/security.h"

#include <string.h>

#define HELP_MOUNTS                                                                                \
    "--security-opt=seccomp=PROFILE that lets unshare(2) and mount(2) pass, or "                   \
    "--cap-add=SYS_ADMIN"

#define HELP_CGROUP                                                                                \
    "a cgroup tree that reeve may write: as root (--user 0) with podman run --systemd=always on "  \
    "a host with cgroup v2, or below a unit with Delegate=yes"
#define HELP_CLOSED "ProtectControlGroups=yes with mounts, or a User= of its own without '!'"

/*
 * What would help, by directive and by how well it is held now. The first row that fits is taken;
 * a directive that ends in "*" stands for all that begin so, and NULL for any.
 */
static const struct {
    const char *directive, *held_by, *strength, *help;
} helps[] = {
    { "User", NULL, "none",
      "let root run the pod (reeve --user 0) with the engine's default capabilities SETUID, SETGID "
      "and KILL" },
    { "Group", NULL, "none", "as for User=" },
    { "SupplementaryGroups", NULL, "none", "as for User=" },
    { "DynamicUser", "kernel", "partial",
      "let root run the pod (reeve --user 0); then only RemoveIPC= is missing" },
    { "AmbientCapabilities", NULL, "none", "--cap-add=CAPABILITY of the container engine" },
    { "ProtectSystem", "Landlock", NULL,
      "mounts of its own: " HELP_MOUNTS "; most of it a read-only root (--read-only)" },
    { "ReadOnlyPaths", "Landlock", NULL,
      "mounts of its own: " HELP_MOUNTS "; or a read-only volume (--volume=PATH:PATH:ro)" },
    { "ProtectSystem", NULL, "none",
      "--read-only of the container engine; or Landlock: lsm=landlock,… of the host's kernel" },
    { "ReadOnlyPaths", NULL, "none",
      "--volume=PATH:PATH:ro of the container engine; or Landlock: lsm=landlock,… of the host's "
      "kernel" },
    { "InaccessiblePaths", NULL, "none",
      "mounts of its own: " HELP_MOUNTS "; or leave the path out of the image" },
    { "ProtectClock", NULL, "partial", "no --device=/dev/rtc0 and no --privileged" },
    { "ProtectKernelLogs", NULL, "partial", "no --device=/dev/kmsg and no --privileged" },
    { "ProtectKernelModules", NULL, "partial",
      "leave /usr/lib/modules out of the image, and no --volume of it" },
    { "ProtectHostname", NULL, "partial",
      "PrivateMounts=yes where there can be mounts; nothing is missing where the container has no "
      "CAP_SYS_ADMIN: nobody can change the name" },
    { "RestrictRealtime", NULL, "partial", "--cap-drop=SYS_NICE and --ulimit=rtprio=0" },
    { "MemoryDenyWriteExecute", "seccomp", "partial", "a host kernel from 6.3 on (PR_SET_MDWE)" },
    { "SocketBindDeny", "nothing", NULL, "a host kernel from 6.7 on, with Landlock" },
    { "SignalScope", NULL, NULL, "no ExecStop= and ExecStartPost= that signal the main process" },
    { "LimitRTTIME", NULL, NULL, NULL },
    { "Limit*", NULL, NULL, "--ulimit=NAME=SOFT:HARD of the container engine" },
    { "Memory*", "cgroup", "partial", HELP_CLOSED },
    { "TasksMax", "cgroup", "partial", HELP_CLOSED },
    { "CPU*", "cgroup", "partial", HELP_CLOSED },
    { "Memory*", NULL, "none",
      HELP_CGROUP "; or --memory of the container engine, for the pod as a whole" },
    { "Startup*", NULL, "none", NULL },
    { "CPUQuota", NULL, "none",
      HELP_CGROUP "; or --cpus of the container engine, for the pod as a whole" },
    { "AllowedCPUs", NULL, "none",
      "--cpuset-cpus of the container engine, for the pod as a whole" },
    { "TasksMax", NULL, "none",
      HELP_CGROUP "; or --pids-limit of the container engine, for the pod as a whole" },
    { "Device*", NULL, "none",
      "no --device and no --privileged: the container has only the devices that it is given" },
    { "IPAddress*", NULL, "none",
      "--network=none, or a network made with --internal, for the pod as a whole" },
    { "PrivateNetwork", NULL, "none",
      "RestrictAddressFamilies=AF_UNIX, or --network=none of the engine for the pod as a whole" },
    { "SecureBits", NULL, "none", "--cap-add=SETPCAP, or PrivateMounts=yes with a user namespace" },
    { "Seal", NULL, NULL, "--security-opt=seccomp=PROFILE that lets seccomp(2) pass" },
};

/* The same by what the reason says, for directives that are alike. */
static const struct {
    const char *words, *help;
} by_reason[] = {
    { "no mount namespace", HELP_MOUNTS },
    { "look into the process", "ProtectSystem=strict, or users of their own (reeve --user 0), for "
                               "the services beside it" },
    { "user can read them", HELP_MOUNTS "; or a user of its own (reeve --user 0)" },
    { "take CAP_SYS_ADMIN", "--cap-add=SYS_ADMIN" },
    { "takes CAP_SYS_ADMIN", "--cap-add=SYS_ADMIN" },
    { "(seccomp)", "--security-opt=seccomp=PROFILE that lets seccomp(2) pass" },
};

static bool fits(const char *pattern, const char *text)
{
    size_t length;

    if (!pattern)
        return true;
    length = strlen(pattern);
    return pattern[length - 1] == '*' ? strncmp(pattern, text, length - 1) == 0
                                      : strcmp(pattern, text) == 0;
}

const char *security_help(const struct security_directive *directive)
{
    if (strcmp(directive->strength, sandbox_strength_name(SANDBOX_FULL)) == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(helps); i++)
        if (fits(helps[i].directive, directive->directive) &&
            fits(helps[i].held_by, directive->held_by) &&
            fits(helps[i].strength, directive->strength))
            return helps[i].help;
    for (size_t i = 0; i < ARRAY_SIZE(by_reason); i++)
        if (strstr(directive->reason, by_reason[i].words))
            return by_reason[i].help;
    return NULL;
}
