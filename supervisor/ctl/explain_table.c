#include "supervisor/ctl/explain.h"

#include <errno.h>
#include <string.h>

#define SIGN(which) (1U << EXPLAIN_##which)

static const struct {
    const char *name, *words; /* strerror(3) */
    const char *others;       /* what else can be the cause */
} signs[EXPLAIN_SIGN_COUNT] = {
    [EXPLAIN_SIGSYS] = { "SIGSYS", "Bad system call",
                         "a filter that the program itself installed; or somebody sent the "
                         "signal" },
    [EXPLAIN_EPERM] = { "EPERM", "Operation not permitted",
                        "a capability or a filter of the container" },
    [EXPLAIN_EACCES] = { "EACCES", "Permission denied",
                         "owner and mode of the file, for the user that the service runs as" },
    [EXPLAIN_EROFS] = { "EROFS", "Read-only file system",
                        "a read-only mount of the container (--read-only)" },
    [EXPLAIN_ENOSYS] = { "ENOSYS", "Function not implemented",
                         "the kernel, or a filter of the container" },
    [EXPLAIN_EAFNOSUPPORT] = { "EAFNOSUPPORT", "Address family not supported by protocol",
                               "a kernel without this address family" },
    [EXPLAIN_EPROTONOSUPPORT] = { "EPROTONOSUPPORT", "Protocol not supported",
                                  "a kernel without this protocol" },
    [EXPLAIN_EXDEV] = { "EXDEV", "Invalid cross-device link",
                        "two file systems, between which nothing can be renamed or linked" },
    [EXPLAIN_EMFILE] = { "EMFILE", "Too many open files", "the container's own limit (--ulimit)" },
};

static const char writing_calls[] =
    " open openat openat2 creat mkdir mkdirat mknod mknodat unlink unlinkat rmdir rename renameat "
    "renameat2 link linkat symlink symlinkat truncate ftruncate chmod fchmod fchmodat chown fchown "
    "fchownat lchown utimensat setxattr removexattr ";

/* What the kernel answers where a directive is held by a mechanism (NULL: by any). */
static const struct suspect {
    const char *directive, *held_by;
    unsigned signs;
    const char *calls; /* with a space around each; NULL: any */
    const char *why;
} suspects[] = {
    { "SystemCallArchitectures", NULL, SIGN(SIGSYS), NULL,
      "kills whoever makes a system call of another architecture, as 32-bit programs do" },
    { "RestrictNamespaces", NULL, SIGN(EPERM) | SIGN(ENOSYS), " clone clone3 unshare setns ",
      "refuses new namespaces" },
    { "RestrictAddressFamilies", NULL, SIGN(EAFNOSUPPORT) | SIGN(ENOSYS),
      " socket socketpair socketcall io_uring_setup ", "refuses sockets of other families" },
    { "RestrictRealtime", NULL, SIGN(EPERM), " sched_setscheduler ",
      "refuses real-time scheduling" },
    { "RestrictSUIDSGID", NULL, SIGN(EPERM) | SIGN(ENOSYS),
      " chmod fchmod fchmodat fchmodat2 open openat openat2 creat mkdir mkdirat mknod mknodat "
      "io_uring_setup ",
      "refuses to make a file or directory with the set-user-ID or set-group-ID bit" },
    { "LockPersonality", NULL, SIGN(EPERM), " personality ",
      "refuses a change of the execution domain" },
    { "MemoryDenyWriteExecute", NULL, SIGN(EACCES) | SIGN(EPERM),
      " mmap mmap2 mprotect pkey_mprotect shmat ",
      "refuses memory that is written and executed, which just-in-time compilers want" },
    { "ProtectClock", NULL, SIGN(EPERM) | SIGN(EACCES),
      " adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime ",
      "refuses to set the clock" },
    { "ProtectHostname", NULL, SIGN(EPERM), " sethostname setdomainname ",
      "refuses to set the host's name" },
    { "ProtectKernelLogs", NULL, SIGN(EPERM) | SIGN(EACCES), " syslog ",
      "refuses the kernel's log" },
    { "ProtectKernelModules", NULL, SIGN(EPERM), " init_module finit_module delete_module ",
      "refuses to load kernel modules" },
    { "SocketBindDeny", NULL, SIGN(EACCES), " bind ",
      "refuses ports that the unit does not allow" },
    { "SocketBindDeny", NULL, SIGN(EPROTONOSUPPORT), " socket ",
      "refuses protocols whose ports cannot be held (MPTCP, SMC)" },
    { "ProtectSystem", "Landlock", SIGN(EACCES), writing_calls,
      "refuses to write to what the unit does not leave writable (ReadWritePaths=, "
      "StateDirectory=)" },
    { "ProtectSystem", "Landlock", SIGN(EXDEV), " rename renameat renameat2 link linkat ",
      "refuses renames between directories" },
    { "ReadOnlyPaths", "Landlock", SIGN(EACCES), writing_calls, "refuses to write there" },
    { "ProtectSystem", "mounts", SIGN(EROFS) | SIGN(EACCES), writing_calls,
      "makes read-only what the unit does not leave writable (ReadWritePaths=, StateDirectory=)" },
    { "ProtectSystem", NULL, SIGN(EROFS), writing_calls,
      "makes read-only what the unit does not leave writable (ReadWritePaths=, StateDirectory=)" },
    { "ReadOnlyPaths", NULL, SIGN(EROFS) | SIGN(EACCES), writing_calls, "makes it read-only" },
    { "BindReadOnlyPaths", NULL, SIGN(EROFS), writing_calls, "makes it read-only" },
    { "ProtectHome", NULL, SIGN(EROFS) | SIGN(EACCES), NULL, "closes /home, /root and /run/user" },
    { "ProtectKernelTunables", NULL, SIGN(EROFS) | SIGN(EACCES), writing_calls,
      "makes /proc/sys and /sys read-only" },
    { "ProtectControlGroups", NULL, SIGN(EROFS), writing_calls, "makes /sys/fs/cgroup read-only" },
    { "InaccessiblePaths", NULL, SIGN(EACCES), NULL, "closes these paths" },
    { "NoExecPaths", NULL, SIGN(EACCES), " execve execveat mmap ", "refuses to run files there" },
    { "PrivateDevices", NULL, SIGN(EPERM) | SIGN(EACCES), NULL, "takes devices away" },
    { "CapabilityBoundingSet", NULL, SIGN(EPERM) | SIGN(EACCES), NULL,
      "takes capabilities away, and what they allow" },
    { "NoNewPrivileges", NULL, SIGN(EPERM), " execve setuid setgid setgroups ",
      "gives set-user-ID programs (sudo, ping) no more rights" },
    { "SignalScope", NULL, SIGN(EPERM), " kill tkill tgkill pidfd_send_signal connect sendto ",
      "lets the service signal, and reach by abstract sockets, nobody but itself" },
    { "SignalScope", NULL, SIGN(EPERM), " prlimit prlimit64 ",
      "lets the service set nobody's limits but its own, of process 0" },
    { "MemoryDenyWriteExecute", NULL, SIGN(EPERM), " shmat ipc ",
      "refuses to map segments of shared memory to be executed" },
    { "Seal", NULL, SIGN(EPERM), " setrlimit prlimit64 ",
      "refuses to set RLIMIT_RTTIME, by which reeve knows the processes of the unit" },
    { "LimitNOFILE", NULL, SIGN(EMFILE), NULL, "allows so many descriptors and no more" },
};

const char *explain_sign_name(enum explain_sign sign)
{
    return signs[sign].name;
}

const char *explain_other_causes(enum explain_sign sign)
{
    return signs[sign].others;
}

bool explain_find_sign(const char *text, enum explain_sign *ret_sign)
{
    for (unsigned i = 0; i < EXPLAIN_SIGN_COUNT; i++)
        if (strcasestr(text, signs[i].words) || strstr(text, signs[i].name)) {
            *ret_sign = (enum explain_sign)i;
            return true;
        }
    return false;
}

static bool has_word(const char *list, const char *word)
{
    char spaced[EXPLAIN_CALL_SIZE + 2];

    snprintf(spaced, sizeof(spaced), " %s ", word);
    return strstr(list, spaced) != NULL;
}

/* What the filter makes of a call; of an unknown one, what it makes of any that it refuses. */
static bool filter_gives(const struct explain *explain, const struct explain_clue *clue)
{
    int wanted = clue->sign == EXPLAIN_SIGSYS   ? EXPLAIN_KILLS
                 : clue->sign == EXPLAIN_EPERM  ? EPERM
                 : clue->sign == EXPLAIN_EACCES ? EACCES
                 : clue->sign == EXPLAIN_ENOSYS ? ENOSYS
                                                : -1;

    if (!explain->filter[0])
        return false;
    /* What a list of what is allowed does not know at all is "not implemented". */
    if (wanted == ENOSYS && explain->filter[0] != '~')
        return true;
    return wanted == explain->filter_error;
}

/* "a b:EPERM c", behind the "~" if there is one. */
static bool is_listed(const char *filter, const char *call)
{
    size_t length = strlen(call);

    for (const char *at = filter + (filter[0] == '~'); *at; at += *at == ' ') {
        if (strncmp(at, call, length) == 0 && strchr(" :", at[length]))
            return true;
        at += strcspn(at, " ");
    }
    return false;
}

static const char *suspect_filter(const struct explain *explain, const struct explain_clue *clue,
                                  bool *ret_names_call)
{
    bool is_deny_list = explain->filter[0] == '~', is_refused;

    if (!filter_gives(explain, clue))
        return NULL;
    is_refused = clue->call[0] && is_listed(explain->filter, clue->call) == is_deny_list;
    *ret_names_call = is_refused;
    if (clue->is_sure && !is_refused)
        return NULL;
    if (clue->sign == EXPLAIN_SIGSYS)
        return "kills whoever makes a system call that it does not allow (SystemCallErrorNumber= "
               "would let it go on)";
    return "refuses system calls that it does not allow";
}

const char *explain_suspect(const struct explain *explain, const struct explain_clue *clue,
                            const struct security_directive *directive, bool *ret_names_call)
{
    *ret_names_call = false;
    if (clue->is_sure &&
        clue->is_foreign != (strcmp(directive->directive, "SystemCallArchitectures") == 0))
        return NULL;
    if (strcmp(directive->strength, sandbox_strength_name(SANDBOX_NONE)) == 0)
        return NULL;
    if (strcmp(directive->directive, "SystemCallFilter") == 0)
        return suspect_filter(explain, clue, ret_names_call);
    for (size_t i = 0; i < ARRAY_SIZE(suspects); i++) {
        const struct suspect *suspect = &suspects[i];
        bool is_about_call =
            clue->call[0] && suspect->calls && has_word(suspect->calls, clue->call);

        if (strcmp(suspect->directive, directive->directive) != 0 ||
            !(suspect->signs & 1U << clue->sign) ||
            (suspect->held_by && !strstr(directive->held_by, suspect->held_by)))
            continue;
        *ret_names_call = is_about_call;
        return suspect->why;
    }
    return NULL;
}
