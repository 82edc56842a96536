#include "supervisor/ctl/learn_watch.h"

#include "sandbox/filter_numbers.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

enum {
    NUMBERS = 640,
    ARGUMENTS = 6,
    EXIT_SIGNAL_MASK = 0xff, /* of clone()'s flags */
    SCHED_POLICY_OFFSET = 4, /* in struct sched_attr */
};

uint64_t sighting_argument(const struct sighting *sighting, unsigned argument)
{
    return argument == 0 ? 0 : sighting->arguments[argument - 1];
}

void sighting_note(const struct sighting *sighting, enum learn_fact fact, const char *what)
{
    learn_note(&sighting->facts->facts[fact], sighting->pid, "%s(%s)", call_name(sighting->call),
               what);
}

/* --- memory and scheduling --- */

static void look_mapping(const struct sighting *sighting)
{
    uint64_t protection = sighting_argument(sighting, 3);
    bool is_change = sighting->call != CALL_mmap && sighting->call != CALL_mmap2;

    if ((protection & PROT_EXEC) && (is_change || (protection & PROT_WRITE)))
        sighting_note(sighting, LEARN_WRITE_EXECUTE,
                      is_change ? "PROT_EXEC" : "PROT_WRITE | PROT_EXEC");
}

static void look_shmat(const struct sighting *sighting)
{
    if (sighting_argument(sighting, 3) & SHM_EXEC)
        sighting_note(sighting, LEARN_WRITE_EXECUTE, "SHM_EXEC");
}

static void look_scheduler(const struct sighting *sighting)
{
    uint32_t policy = (uint32_t)sighting_argument(sighting, 2);

    if (sighting->call == CALL_sched_setattr &&
        learn_peek(sighting->pid, sighting_argument(sighting, 2) + SCHED_POLICY_OFFSET, &policy,
                   sizeof(policy)) != sizeof(policy))
        return;
    policy &= ~(uint32_t)SCHED_RESET_ON_FORK;
    if (policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE)
        sighting_note(sighting, LEARN_REALTIME, "a real-time policy");
}

static void look_personality(const struct sighting *sighting)
{
    uint32_t wanted = (uint32_t)sighting_argument(sighting, 1);

    /* It is asked for with all bits; 0 is what everybody has. */
    if (wanted != UINT32_MAX && wanted != 0)
        sighting_note(sighting, LEARN_PERSONALITY, "a change");
}

/* --- namespaces --- */

static void note_namespaces(const struct sighting *sighting, uint64_t flags)
{
    for (unsigned bit = 0; bit < LEARN_NAMESPACE_BITS; bit++) {
        const char *name = flags >> bit & 1 ? namespace_name(UINT32_C(1) << bit) : NULL;

        if (name)
            learn_note(&sighting->facts->namespaces[bit], sighting->pid, "%s(%s)",
                       call_name(sighting->call), name);
    }
}

static void look_clone(const struct sighting *sighting)
{
    size_t count;
    bool is_swapped = filter_architectures(&count)->has_swapped_clone;

    note_namespaces(sighting,
                    sighting_argument(sighting, is_swapped ? 2 : 1) & ~(uint64_t)EXIT_SIGNAL_MASK);
}

static void look_clone3(const struct sighting *sighting)
{
    uint64_t flags;

    if (learn_peek(sighting->pid, sighting_argument(sighting, 1), &flags, sizeof(flags)) ==
        sizeof(flags))
        note_namespaces(sighting, flags);
}

static void look_unshare(const struct sighting *sighting)
{
    note_namespaces(sighting, sighting_argument(sighting, 1));
}

/* Type 0 is any, and the descriptor says which: "net:[4026531840]". */
static void look_setns(const struct sighting *sighting)
{
    uint64_t flags = sighting_argument(sighting, 2);
    char path[PATH_MAX];

    if (flags == 0 &&
        learn_peek_descriptor(sighting->pid, (int)sighting_argument(sighting, 1), path) == 0) {
        path[strcspn(path, ":")] = '\0';
        for (unsigned bit = 0; bit < LEARN_NAMESPACE_BITS; bit++) {
            const char *name = namespace_name(UINT32_C(1) << bit);

            if (name && strcmp(name, path) == 0)
                flags = UINT64_C(1) << bit;
        }
    }
    note_namespaces(sighting, flags);
}

/* --- sockets --- */

static void look_socket(const struct sighting *sighting)
{
    uint64_t family = sighting_argument(sighting, 1);
    const char *name = address_family_name((unsigned)family);

    if (family < LEARN_FAMILIES)
        learn_note(&sighting->facts->families[family], sighting->pid, "%s(%s)",
                   call_name(sighting->call), name ? name : "another");
}

static enum learn_protocol protocol_of(const struct sighting *sighting)
{
    char path[48], name[32] = "";

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)sighting->pid,
             (int)sighting_argument(sighting, 1));
    if (getxattr(path, "system.sockprotoname", name, sizeof(name) - 1) <= 0)
        return LEARN_UNKNOWN;
    if (strncmp(name, "UDP", 3) == 0)
        return LEARN_UDP;
    return strncmp(name, "TCP", 3) == 0 || strncmp(name, "MPTCP", 5) == 0 ? LEARN_TCP
                                                                          : LEARN_UNKNOWN;
}

static void look_bind(const struct sighting *sighting)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ip;
        struct sockaddr_in6 ip6;
        struct sockaddr_un local;
        char bytes[sizeof(struct sockaddr_un) + 1];
    } address = { .bytes = "" };
    size_t size = (size_t)sighting_argument(sighting, 3);
    in_port_t port;

    if (size > sizeof(struct sockaddr_un))
        size = sizeof(struct sockaddr_un);
    if (learn_peek(sighting->pid, sighting_argument(sighting, 2), &address, size) < 0) {
        sighting_note(sighting, LEARN_BLIND_MEMORY, "an address");
        return;
    }
    if (address.any.sa_family == AF_UNIX) {
        watch_socket_path(sighting, address.local.sun_path);
        return;
    }
    if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6)
        return;
    port = address.any.sa_family == AF_INET ? address.ip.sin_port : address.ip6.sin6_port;
    learn_note_port(sighting->facts, sighting->pid, ntohs(port), protocol_of(sighting));
}

/* --- single facts --- */

static void look_ring(const struct sighting *sighting)
{
    sighting_note(sighting, LEARN_BLIND_RING, "");
}

static void look_filter(const struct sighting *sighting)
{
    if (sighting_argument(sighting, 1) == SECCOMP_SET_MODE_FILTER &&
        (sighting_argument(sighting, 2) & SECCOMP_FILTER_FLAG_NEW_LISTENER))
        sighting_note(sighting, LEARN_BLIND_LISTENER, "a listener");
}

static void look_hostname(const struct sighting *sighting)
{
    sighting_note(sighting, LEARN_HOSTNAME, "");
}

static void look_kernel_log(const struct sighting *sighting)
{
    sighting_note(sighting, LEARN_KERNEL_LOG, "");
}

static const struct watch watches[CALL_COUNT] = {
    [CALL_access] = { watch_path, .path = 1 },
    [CALL_faccessat] = { watch_path, .directory = 1, .path = 2 },
    [CALL_faccessat2] = { watch_path, .directory = 1, .path = 2 },
    [CALL_stat] = { watch_path, .path = 1 },
    [CALL_lstat] = { watch_path, .path = 1 },
    [CALL_newfstatat] = { watch_path, .directory = 1, .path = 2 },
    [CALL_statx] = { watch_path, .directory = 1, .path = 2 },
    [CALL_readlink] = { watch_path, .path = 1 },
    [CALL_readlinkat] = { watch_path, .directory = 1, .path = 2 },
    [CALL_chdir] = { watch_path, .path = 1 },
    [CALL_execve] = { watch_path, .path = 1 },
    [CALL_execveat] = { watch_path, .directory = 1, .path = 2 },
    [CALL_open] = { watch_open, .path = 1, .flags = 2, .mode = 3 },
    [CALL_openat] = { watch_open, .directory = 1, .path = 2, .flags = 3, .mode = 4 },
    [CALL_openat2] = { watch_openat2, .directory = 1, .path = 2, .flags = 3 },
    [CALL_creat] = { watch_open, .path = 1, .mode = 2 },
    [CALL_mkdir] = { watch_made, .path = 1, .mode = 2 },
    [CALL_mkdirat] = { watch_made, .directory = 1, .path = 2, .mode = 3 },
    [CALL_mknod] = { watch_made, .path = 1, .mode = 2 },
    [CALL_mknodat] = { watch_made, .directory = 1, .path = 2, .mode = 3 },
    [CALL_symlink] = { watch_made, .path = 2 },
    [CALL_symlinkat] = { watch_made, .directory = 2, .path = 3 },
    [CALL_link] = { watch_made, .path = 2 },
    [CALL_linkat] = { watch_made, .directory = 3, .path = 4 },
    [CALL_unlink] = { watch_removed, .path = 1 },
    [CALL_unlinkat] = { watch_removed, .directory = 1, .path = 2 },
    [CALL_rmdir] = { watch_removed, .path = 1 },
    [CALL_rename] = { watch_renamed, .path = 1, .path_2 = 2 },
    [CALL_renameat] = { watch_renamed, .directory = 1, .path = 2, .directory_2 = 3, .path_2 = 4 },
    [CALL_renameat2] = { watch_renamed, .directory = 1, .path = 2, .directory_2 = 3, .path_2 = 4 },
    [CALL_truncate] = { watch_content, .path = 1 },
    [CALL_chmod] = { watch_attribute, .path = 1, .mode = 2 },
    [CALL_fchmodat] = { watch_attribute, .directory = 1, .path = 2, .mode = 3 },
    [CALL_fchmodat2] = { watch_attribute, .directory = 1, .path = 2, .mode = 3 },
    [CALL_chown] = { watch_attribute, .path = 1 },
    [CALL_lchown] = { watch_attribute, .path = 1 },
    [CALL_fchownat] = { watch_attribute, .directory = 1, .path = 2 },
    [CALL_utime] = { watch_attribute, .path = 1 },
    [CALL_utimes] = { watch_attribute, .path = 1 },
    [CALL_futimesat] = { watch_attribute, .directory = 1, .path = 2 },
    [CALL_utimensat] = { watch_attribute, .directory = 1, .path = 2 },
    [CALL_setxattr] = { watch_attribute, .path = 1 },
    [CALL_lsetxattr] = { watch_attribute, .path = 1 },
    [CALL_removexattr] = { watch_attribute, .path = 1 },
    [CALL_fchmod] = { watch_descriptor, .flags = 1, .mode = 2 },
    [CALL_fchown] = { watch_descriptor, .flags = 1 },
    [CALL_fsetxattr] = { watch_descriptor, .flags = 1 },
    [CALL_mmap] = { .look = look_mapping },
    [CALL_mmap2] = { .look = look_mapping },
    [CALL_mprotect] = { .look = look_mapping },
    [CALL_pkey_mprotect] = { .look = look_mapping },
    [CALL_shmat] = { .look = look_shmat },
    [CALL_sched_setscheduler] = { .look = look_scheduler },
    [CALL_sched_setattr] = { .look = look_scheduler },
    [CALL_personality] = { .look = look_personality },
    [CALL_clone] = { .look = look_clone },
    [CALL_clone3] = { .look = look_clone3 },
    [CALL_unshare] = { .look = look_unshare },
    [CALL_setns] = { .look = look_setns },
    [CALL_socket] = { .look = look_socket },
    [CALL_socketpair] = { .look = look_socket },
    [CALL_bind] = { .look = look_bind },
    [CALL_io_uring_setup] = { .look = look_ring },
    [CALL_seccomp] = { .look = look_filter },
    [CALL_sethostname] = { .look = look_hostname },
    [CALL_setdomainname] = { .look = look_hostname },
    [CALL_syslog] = { .look = look_kernel_log },
};

bool learn_watch_skips(enum call call)
{
    return (call_groups(call) & CALLS_DEFAULT) && !watches[call].look;
}

/* --- any call --- */

static bool find_call(int number, enum call *ret_call)
{
    size_t count;
    const struct filter_architecture *native = filter_architectures(&count);

    for (enum call call = 0; call < CALL_COUNT; call++)
        if (filter_number(native, call) == number) {
            *ret_call = call;
            return true;
        }
    return false;
}

/* Asking libseccomp for each call anew would take a hundred times as long as the call. */
struct numbers {
    int16_t calls[NUMBERS]; /* the call's place in the table, and 1; 0: not asked; -1: unknown */
};

static bool look_up(struct numbers *numbers, int number, enum call *ret_call)
{
    if (number < 0 || number >= NUMBERS)
        return false;
    if (numbers->calls[number] == 0)
        numbers->calls[number] = (int16_t)(find_call(number, ret_call) ? (int)*ret_call + 1 : -1);
    if (numbers->calls[number] < 0)
        return false;
    *ret_call = (enum call)(numbers->calls[number] - 1);
    return true;
}

static void note_groups(const struct sighting *sighting)
{
    unsigned groups = call_groups(sighting->call);

    if (groups & CALLS_CLOCK)
        sighting_note(sighting, LEARN_CLOCK, "");
    if (groups & CALLS_MODULE)
        sighting_note(sighting, LEARN_MODULES, "");
}

void learn_watch_call(struct learn_facts *facts, const struct seccomp_notif *call)
{
    static struct numbers numbers; /* what it says of a machine does not change */
    size_t count;
    uint64_t arguments[ARGUMENTS];
    struct sighting sighting = { .facts = facts, .pid = (pid_t)call->pid, .arguments = arguments };

    facts->call_count++;
    if (call->data.arch != filter_architectures(&count)->audit) {
        learn_note(&facts->facts[LEARN_FOREIGN], sighting.pid, "call %d of architecture %#x",
                   call->data.nr, call->data.arch);
        return;
    }
    if (!look_up(&numbers, call->data.nr, &sighting.call)) {
        learn_note(&facts->facts[LEARN_BLIND_UNKNOWN], sighting.pid, "call %d", call->data.nr);
        return;
    }
    for (size_t i = 0; i < ARGUMENTS; i++)
        arguments[i] = call->data.args[i];
    facts->calls[sighting.call]++;
    note_groups(&sighting);
    sighting.watch = &watches[sighting.call];
    if (sighting.watch->look)
        sighting.watch->look(&sighting);
}
