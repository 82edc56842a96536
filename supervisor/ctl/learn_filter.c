/*
 * From the calls that were made to a list of what is allowed. Calls that do the same for another C
 * library, another architecture or another container (where one of them is refused, and the library
 * takes the other) count as one kind: who was seen with one of them will be met with the others.
 */
#include "supervisor/ctl/learn.h"

#include <string.h>

enum { KIND_WORDS_SIZE = 160 };

static const char *const kinds[] = {
    "access faccessat faccessat2",
    "accept accept4",
    "chmod fchmod fchmodat fchmodat2",
    "chown chown32 fchown fchown32 fchownat lchown lchown32",
    "clone clone3 fork vfork wait4 waitid waitpid", /* whoever starts one, waits for it */
    "creat open openat openat2",
    "dup dup2 dup3",
    "epoll_create epoll_create1",
    "epoll_pwait epoll_pwait2 epoll_wait",
    "eventfd eventfd2",
    "fadvise64 fadvise64_64 arm_fadvise64_64",
    "fcntl fcntl64",
    "fstat fstat64 fstatat64 lstat lstat64 newfstatat stat stat64 statx",
    "fstatfs fstatfs64 statfs statfs64",
    "ftruncate ftruncate64 truncate truncate64",
    "futimesat utime utimensat utimensat_time64 utimes",
    "getdents getdents64",
    "inotify_init inotify_init1",
    "link linkat",
    "lseek _llseek",
    "mkdir mkdirat",
    "mknod mknodat",
    "mq_timedreceive mq_timedreceive_time64",
    "mq_timedsend mq_timedsend_time64",
    "pipe pipe2",
    "poll ppoll ppoll_time64",
    "pread64 preadv preadv2 readv",
    "pwrite64 pwritev pwritev2 writev",
    "pselect6 pselect6_time64 select _newselect",
    "readlink readlinkat",
    "recv recvfrom",
    "recvmmsg recvmmsg_time64 recvmsg",
    "rename renameat renameat2",
    "rmdir unlink unlinkat",
    "rt_sigaction sigaction signal",
    "rt_sigpending sigpending",
    "rt_sigprocmask sigprocmask",
    "rt_sigsuspend sigsuspend",
    "rt_sigtimedwait rt_sigtimedwait_time64",
    "semop semtimedop semtimedop_time64",
    "send sendto",
    "sendfile sendfile64",
    "sendmmsg sendmsg",
    "setfsgid setfsgid32",
    "setfsuid setfsuid32",
    "setgid setgid32",
    "setgroups setgroups32",
    "setregid setregid32",
    "setresgid setresgid32",
    "setresuid setresuid32",
    "setreuid setreuid32",
    "setuid setuid32",
    "signalfd signalfd4",
    "symlink symlinkat",
    "sync_file_range sync_file_range2",
    "timer_gettime timer_gettime64",
    "timer_settime timer_settime64",
    "timerfd_gettime timerfd_gettime64",
    "timerfd_settime timerfd_settime64",
};

/*
 * The groups that may be allowed as a whole, and how much of them must have been seen. Of those
 * that can do no harm beyond what paths, families and limits allow, any call is enough: a program
 * that syncs a small file by fsync() does it to a large one by sync_file_range().
 */
static const struct {
    const char *name;
    unsigned one_in; /* of so many kinds; 0: any */
} groups[] = {
    { "@basic-io", 0 }, { "@file-system", 5 }, { "@io-event", 0 }, { "@network-io", 5 },
    { "@process", 2 },  { "@signal", 0 },      { "@ipc", 2 },      { "@timer", 0 },
    { "@sync", 0 },     { "@memlock", 2 },     { "@aio", 2 },      { "@pkey", 2 },
};

/* The first of its kind stands for all of them. */
struct kin {
    enum call first[CALL_COUNT];
};

static void join(struct kin *kin, const char *words)
{
    char text[KIND_WORDS_SIZE], *rest = text, *word;
    int first = -1;

    snprintf(text, sizeof(text), "%s", words);
    while ((word = strsep(&rest, " "))) {
        enum call call;

        if (call_find(word, &call) < 0)
            continue;
        if (first < 0)
            first = (int)call;
        kin->first[call] = (enum call)first;
    }
}

static void find_kin(struct kin *kin)
{
    for (enum call call = 0; call < CALL_COUNT; call++)
        kin->first[call] = call;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        join(kin, kinds[i]);
}

/* How many kinds are in the group, and of how many one was seen. */
static void count_group(const struct learn_filter *filter, const struct kin *kin, unsigned group,
                        unsigned *ret_seen)
{
    bool is_counted[CALL_COUNT] = { false };
    unsigned seen = 0, count = 0;

    for (enum call call = 0; call < CALL_COUNT; call++) {
        enum call first = kin->first[call];

        if (!(call_groups(call) & group) || (call_groups(call) & CALLS_DEFAULT) ||
            is_counted[first])
            continue;
        is_counted[first] = true;
        count++;
        seen += filter->is_listed[call];
    }
    ret_seen[0] = seen;
    ret_seen[1] = count;
}

static void take_group(struct learn_filter *filter, const struct kin *kin, size_t which)
{
    const char *name = groups[which].name;
    unsigned one_in = groups[which].one_in, bits, counts[2];
    bool has_call = false;

    if (call_group_find(name, &bits) < 0)
        return;
    count_group(filter, kin, bits, counts);
    if (counts[0] == 0 || (one_in > 0 && one_in * counts[0] < counts[1]))
        return;
    filter->groups[filter->group_count] = name;
    filter->seen[filter->group_count] = counts[0];
    filter->kinds[filter->group_count] = counts[1];
    for (enum call call = 0; call < CALL_COUNT; call++) {
        bool is_in = (call_groups(call) & bits) != 0;

        has_call |= is_in && filter->is_listed[call];
        filter->is_listed[call] &= !is_in;
    }
    filter->group_count += has_call;
}

void learn_filter_make(const uint64_t calls[CALL_COUNT], struct learn_filter *ret_filter)
{
    struct learn_filter filter = { .is_system_service = true };
    struct kin kin;

    find_kin(&kin);
    for (enum call call = 0; call < CALL_COUNT; call++)
        filter.counts[kin.first[call]] += calls[call];
    for (enum call call = 0; call < CALL_COUNT; call++) {
        unsigned of = call_groups(call);

        filter.counts[call] = filter.counts[kin.first[call]];
        filter.is_listed[call] = filter.counts[call] > 0 && !(of & CALLS_DEFAULT);
        filter.is_system_service &= calls[call] == 0 || (of & CALLS_SYSTEM_SERVICE);
    }
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        take_group(&filter, &kin, i);
    *ret_filter = filter;
}
