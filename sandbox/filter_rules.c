#include "sandbox/filter_rules.h"

#include "sandbox/filter_verdicts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

enum {
    IPC_VERSION_MASK = 0xffff, /* ipc() takes a version in the upper bits */
    FAMILY_BITS = 64,
    SET_ID_BITS = S_ISUID | S_ISGID,
    KEY_HALF_BITS = 32,
};

bool filter_allows_architecture(const struct filter_request *request,
                                const struct filter_architecture *architecture)
{
    size_t count;

    return request->architectures == 0 || architecture == filter_architectures(&count) ||
           (request->architectures >> architecture->bit & 1);
}

static void set_verdicts(const struct filter_request *request, struct filter_rules *rules)
{
    rules->fallback = filter_verdict_unknown(request);
    for (size_t i = 0; i < FILTER_NUMBERS; i++)
        rules->verdicts[i] = rules->fallback;
    for (enum call call = 0; call < CALL_COUNT; call++) {
        int number = filter_number(rules->architecture, call);

        if (number >= 0 && number < FILTER_NUMBERS)
            rules->verdicts[number] = filter_verdict(request, call);
    }
}

static void add_rule(struct filter_rules *rules, struct filter_rule rule)
{
    if (rules->count == FILTER_RULES_MAX)
        rules->is_full = true;
    else
        rules->rules[rules->count++] = rule;
}

/* -1 where there is nothing to refuse: no such call, or nobody may call it anyway. */
static int number_to_refuse(const struct filter_rules *rules, enum call call)
{
    int number = filter_number(rules->architecture, call);

    return number >= 0 && number < FILTER_NUMBERS && filter_lets_pass(rules->verdicts[number])
               ? number
               : -1;
}

static void refuse_always(struct filter_rules *rules, enum call call, int error)
{
    int number = number_to_refuse(rules, call);

    if (number >= 0)
        rules->verdicts[number] = filter_refuse(error);
}

static void refuse_if(struct filter_rules *rules, enum call call, int error,
                      struct filter_condition condition)
{
    int number = number_to_refuse(rules, call);

    if (number >= 0)
        add_rule(rules, (struct filter_rule){ .number = number,
                                              .verdict = filter_refuse(error),
                                              .conditions = { condition },
                                              .count = 1 });
}

static void refuse_if_both(struct filter_rules *rules, enum call call, int error,
                           const struct filter_condition conditions[2])
{
    int number = number_to_refuse(rules, call);

    if (number >= 0)
        add_rule(rules, (struct filter_rule){ .number = number,
                                              .verdict = filter_refuse(error),
                                              .conditions = { conditions[0], conditions[1] },
                                              .count = 2 });
}

static struct filter_condition argument_is(unsigned argument, uint32_t value)
{
    return (struct filter_condition){ .comparison = FILTER_EQUAL,
                                      .argument = argument,
                                      .value = value };
}

static struct filter_condition argument_has(unsigned argument, uint32_t bits)
{
    return (struct filter_condition){ .comparison = FILTER_ANY_BIT,
                                      .argument = argument,
                                      .value = bits };
}

static void refuse_groups(struct filter_rules *rules, unsigned groups)
{
    for (enum call call = 0; call < CALL_COUNT; call++) {
        if (call_groups(call) & groups)
            refuse_always(rules, call, EPERM);
    }
}

/* Whoever has the key in the halves of two arguments that the kernel does not look at (seal.h). */
static void let_pass_with(struct filter_rules *rules, uint64_t seal_key)
{
    size_t count;
    bool is_native = rules->architecture == filter_architectures(&count);
    struct filter_rule rule = {
        .number = filter_number(rules->architecture, CALL_prlimit64),
        .verdict = SECCOMP_RET_ALLOW,
        .conditions = { { .comparison = FILTER_HIGH_EQUAL,
                          .argument = 0,
                          .value = (uint32_t)(seal_key >> KEY_HALF_BITS) },
                        { .comparison = FILTER_HIGH_EQUAL,
                          .argument = 1,
                          .value = (uint32_t)seal_key } },
        .count = 2,
    };

    if (seal_key != 0 && is_native && rule.number >= 0)
        add_rule(rules, rule);
}

/*
 * RLIMIT_RTTIME is the seal: no process of a service sets it, its own or another's. Reading is
 * free. To the kernel the same user is enough to set a limit of another process: of PID 1, whom a
 * second of RLIMIT_CPU would kill, none at all may be set, and by who signals nobody else, none of
 * anybody else. (A filter does not know its own process's number: one's own limits are those of 0.)
 */
static void guard_limits(struct filter_rules *rules, const struct filter_request *request)
{
    static const struct filter_condition sets[2] = {
        { .comparison = FILTER_EQUAL, .argument = 1, .value = RLIMIT_RTTIME },
        { .comparison = FILTER_NOT_NULL, .argument = 2 },
    };

    const struct filter_condition sets_of_supervisor[2] = {
        { .comparison = FILTER_EQUAL, .argument = 0, .value = (uint32_t)request->supervisor },
        { .comparison = FILTER_NOT_NULL, .argument = 2 },
    };

    static const struct filter_condition sets_of_others[2] = {
        { .comparison = FILTER_NOT_EQUAL, .argument = 0, .value = 0 },
        { .comparison = FILTER_NOT_NULL, .argument = 2 },
    };

    let_pass_with(rules, request->seal_key);
    refuse_if(rules, CALL_setrlimit, EPERM, argument_is(0, RLIMIT_RTTIME));
    refuse_if_both(rules, CALL_prlimit64, EPERM, sets);
    if (request->flags & FILTER_OTHERS)
        refuse_if_both(rules, CALL_prlimit64, EPERM, sets_of_others);
    else if (request->supervisor > 0)
        refuse_if_both(rules, CALL_prlimit64, EPERM, sets_of_supervisor);
}

/*
 * clone3() has its flags in memory, where a filter cannot look. It must be "not implemented": the C
 * library falls back to clone() on ENOSYS only, and redis dies of EPERM.
 */
static void refuse_namespaces(struct filter_rules *rules, uint32_t flags)
{
    unsigned clone_argument = rules->architecture->has_swapped_clone ? 1 : 0;

    if (flags == 0)
        return;
    refuse_always(rules, CALL_clone3, ENOSYS);
    refuse_if(rules, CALL_clone, EPERM, argument_has(clone_argument, flags));
    refuse_if(rules, CALL_unshare, EPERM, argument_has(0, flags));
    if ((flags | NAMESPACE_TIME) == NAMESPACE_ALL) {
        refuse_always(rules, CALL_setns, EPERM);
        return;
    }
    refuse_if(rules, CALL_setns, EPERM, argument_has(1, flags));
    /* 0 stands for any kind. */
    refuse_if(rules, CALL_setns, EPERM, argument_is(1, 0));
}

/* As systemd: only the personality that the service gets, or that we have, may be "set". */
static void lock_personality(struct filter_rules *rules, const struct filter_request *request)
{
    int current = request->has_personality ? (int)request->personality : personality(0xffffffff);

    if (current < 0)
        current = 0; /* an engine's filter hides it: then it is the default one */
    refuse_if(
        rules, CALL_personality, EPERM,
        (struct filter_condition){ .comparison = FILTER_NOT_EQUAL, .value = (uint32_t)current });
}

static void refuse_realtime(struct filter_rules *rules)
{
    static const uint32_t between[] = { SCHED_FIFO, SCHED_RR, 4 /* the kernel's SCHED_ISO */ };

    for (size_t i = 0; i < ARRAY_SIZE(between); i++)
        refuse_if(rules, CALL_sched_setscheduler, EPERM, argument_is(1, between[i]));
    refuse_if(rules, CALL_sched_setscheduler, EPERM,
              (struct filter_condition){
                  .comparison = FILTER_ABOVE, .argument = 1, .value = SCHED_IDLE });
}

/* openat2() has its mode in memory; without it the C library uses openat(). */
static void refuse_set_id(struct filter_rules *rules)
{
    static const struct {
        enum call call;
        unsigned argument;
        bool has_flags; /* in the argument before: without one of these there is no mode */
    } modes[] = {
        { CALL_chmod, 1, false },     { CALL_fchmod, 1, false },  { CALL_fchmodat, 2, false },
        { CALL_fchmodat2, 2, false }, { CALL_mkdir, 1, false },   { CALL_mkdirat, 2, false },
        { CALL_mknod, 1, false },     { CALL_mknodat, 2, false }, { CALL_creat, 1, false },
        { CALL_open, 2, true },       { CALL_openat, 3, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        unsigned at = modes[i].argument;
        struct filter_condition conditions[2] = {
            argument_has(at, SET_ID_BITS),
            argument_has(at - 1, O_CREAT | (O_TMPFILE & ~O_DIRECTORY)),
        };

        if (modes[i].has_flags)
            refuse_if_both(rules, modes[i].call, EPERM, conditions);
        else
            refuse_if(rules, modes[i].call, EPERM, conditions[0]);
    }
    refuse_always(rules, CALL_openat2, ENOSYS);
    refuse_always(rules, CALL_io_uring_setup, ENOSYS); /* opens files past this filter */
}

/* --- what other calls hide --- */

/* A list of what is refused has the whole of socketcall() or ipc(). */
static bool is_refused_whole(const struct filter_request *request, enum call call)
{
    return request->filter && !request->filter->is_allow_list &&
           request->filter->answers[call] != CALL_UNLISTED;
}

static struct filter_condition is_way(const struct filter_multiplexed *way)
{
    return (struct filter_condition){
        .comparison = FILTER_EQUAL,
        .mask = way->call == CALL_ipc ? IPC_VERSION_MASK : 0,
        .value = way->index,
    };
}

/* socketcall() and ipc() have the arguments in memory: a call whose arguments matter cannot be made
 * that way. */
static void refuse_hidden(const struct filter_request *request, struct filter_rules *rules,
                          enum call call, int error)
{
    struct filter_multiplexed way;
    int number;

    if (!filter_is_multiplexed(call, &way) || !filter_lets_pass(filter_verdict(request, call)) ||
        is_refused_whole(request, way.call))
        return;
    number = filter_number(rules->architecture, way.call);
    if (number >= 0)
        add_rule(rules, (struct filter_rule){ .number = number,
                                              .verdict = filter_refuse(error),
                                              .conditions = { is_way(&way) },
                                              .count = 1 });
}

static void refuse_executable_segments(const struct filter_request *request,
                                       struct filter_rules *rules)
{
    refuse_if(rules, CALL_shmat, EPERM, argument_has(2, SHM_EXEC));
    refuse_hidden(request, rules, CALL_shmat, EPERM);
}

static void refuse_write_and_execute(const struct filter_request *request,
                                     struct filter_rules *rules)
{
    static const struct filter_condition both = { .comparison = FILTER_EQUAL,
                                                  .argument = 2,
                                                  .mask = PROT_WRITE | PROT_EXEC,
                                                  .value = PROT_WRITE | PROT_EXEC };

    if (rules->architecture->has_old_mmap)
        refuse_always(rules, CALL_mmap, EPERM);
    else
        refuse_if(rules, CALL_mmap, EPERM, both);
    refuse_if(rules, CALL_mmap2, EPERM, both);
    refuse_if(rules, CALL_mprotect, EPERM, argument_has(2, PROT_EXEC));
    refuse_if(rules, CALL_pkey_mprotect, EPERM, argument_has(2, PROT_EXEC));
    refuse_executable_segments(request, rules);
}

/*
 * Landlock's port rules hold for TCP sockets: MPTCP and SMC sockets reach the same ports past them,
 * and io_uring opens sockets past this filter. The errors are those of a kernel without these
 * features, so that programs fall back to TCP. (256 is a protocol of packet sockets as well.)
 */
static void refuse_tcp_lookalikes(const struct filter_request *request, struct filter_rules *rules)
{
    static const uint32_t internet[] = { AF_INET, AF_INET6 };

    refuse_if(rules, CALL_socket, EPROTONOSUPPORT, argument_is(2, IPPROTO_MPTCP));
    refuse_if(rules, CALL_socket, EPROTONOSUPPORT, argument_is(0, AF_SMC));
    for (size_t i = 0; i < ARRAY_SIZE(internet); i++)
        refuse_if_both(rules, CALL_socket, EPROTONOSUPPORT,
                       (struct filter_condition[]){ argument_is(0, internet[i]),
                                                    argument_is(2, IPPROTO_SMC) });
    refuse_hidden(request, rules, CALL_socket, EPROTONOSUPPORT);
    refuse_always(rules, CALL_io_uring_setup, ENOSYS);
}

/* The last rules of socket(). */
static void restrict_families(const struct filter_request *request, struct filter_rules *rules)
{
    const struct address_families *families = &request->families;
    int number = number_to_refuse(rules, CALL_socket);

    if (!families->has_words && !families->is_allow_list)
        return;
    for (uint32_t i = families->is_allow_list ? 1 : 0; number >= 0 && i < FAMILY_BITS; i++) {
        if (families->bits >> i & 1)
            add_rule(rules, (struct filter_rule){ .number = number,
                                                  .verdict = families->is_allow_list
                                                                 ? rules->verdicts[number]
                                                                 : filter_refuse(EAFNOSUPPORT),
                                                  .conditions = { argument_is(0, i) },
                                                  .count = 1 });
    }
    if (families->is_allow_list)
        refuse_always(rules, CALL_socket, EAFNOSUPPORT);
    if (!families->is_allow_list && families->bits == 0)
        return;
    refuse_hidden(request, rules, CALL_socket, EAFNOSUPPORT);
    refuse_always(rules, CALL_io_uring_setup, ENOSYS); /* opens sockets past this filter */
}

/* What socketcall() and ipc() must answer for the calls that can also be made through them. */
static void follow_multiplexed(const struct filter_request *request, struct filter_rules *rules)
{
    for (enum call call = 0; request->filter && call < CALL_COUNT; call++) {
        const uint16_t *answers = request->filter->answers;
        struct filter_multiplexed way;
        uint32_t verdict = filter_verdict(request, call);
        int number;

        if (!filter_is_multiplexed(call, &way) || is_refused_whole(request, way.call))
            continue;
        number = filter_number(rules->architecture, way.call);
        if (number < 0 || verdict == rules->verdicts[number])
            continue;
        /* Where the whole call is allowed, only what was taken out of it is not. */
        if (answers[way.call] != CALL_UNLISTED && answers[call] < CALL_KILL)
            continue;
        add_rule(rules, (struct filter_rule){ .number = number,
                                              .verdict = verdict,
                                              .conditions = { is_way(&way) },
                                              .count = 1 });
    }
}

void filter_rules_make(const struct filter_request *request,
                       const struct filter_architecture *architecture, struct filter_rules *rules)
{
    unsigned flags = request->flags;

    rules->architecture = architecture;
    rules->count = 0;
    rules->is_full = false;
    set_verdicts(request, rules);
    guard_limits(rules, request);
    refuse_namespaces(rules, request->namespaces);
    if (flags & FILTER_PERSONALITY)
        lock_personality(rules, request);
    if (flags & FILTER_REALTIME)
        refuse_realtime(rules);
    if (flags & FILTER_SUID_SGID)
        refuse_set_id(rules);
    if (flags & FILTER_MEMORY)
        refuse_write_and_execute(request, rules);
    else if (flags & FILTER_SEGMENTS)
        refuse_executable_segments(request, rules);
    if (flags & FILTER_CLOCK)
        refuse_groups(rules, CALLS_CLOCK);
    if (flags & FILTER_MODULES)
        refuse_groups(rules, CALLS_MODULE);
    if (flags & FILTER_DEVICES)
        refuse_groups(rules, CALLS_RAW_IO);
    if (flags & FILTER_LOGS)
        refuse_always(rules, CALL_syslog, EPERM);
    if (flags & FILTER_HOSTNAME) {
        refuse_always(rules, CALL_sethostname, EPERM);
        refuse_always(rules, CALL_setdomainname, EPERM);
    }
    if (flags & FILTER_TCP_ONLY)
        refuse_tcp_lookalikes(request, rules);
    restrict_families(request, rules);
    follow_multiplexed(request, rules);
}
