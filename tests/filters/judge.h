#ifndef REEVE_TESTS_FILTERS_JUDGE_H
#define REEVE_TESTS_FILTERS_JUDGE_H

/*
 * What a stack of seccomp programs says of system calls, as text: once of those that systemd has
 * installed (dump.c, recorded), once of ours (test_filter_equal.c). The calls are x86-64's, x32's
 * and i386's, all numbers with arguments of 0, and single calls over lists of one argument.
 *
 * Verdicts: A allow, L log, K kill the process, k kill the thread, E and an errno.
 */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    JUDGE_NUMBER_COUNT = 560, /* past the last number of each architecture */
    JUDGE_X32_BIT = 0x40000000,
    JUDGE_VALUES_MAX = 64,
    JUDGE_VERDICT_SIZE = 16,
};

struct judge_program {
    const struct sock_filter *code;
    size_t count;
};

/* In the order of installation. */
struct judge_stack {
    const struct judge_program *programs;
    size_t count;
};

static inline bool judge_jumps(const struct sock_filter *instruction, uint32_t value)
{
    switch (BPF_OP(instruction->code)) {
    case BPF_JEQ:
        return value == instruction->k;
    case BPF_JGT:
        return value > instruction->k;
    case BPF_JGE:
        return value >= instruction->k;
    default:
        return (value & instruction->k) != 0;
    }
}

/* SECCOMP_RET_… with its data; UINT32_MAX for a program that the kernel would not have taken. */
static inline uint32_t judge_run(const struct judge_program *program,
                                 const struct seccomp_data *data)
{
    uint32_t value = 0;

    for (size_t at = 0; at < program->count; at++) {
        const struct sock_filter *instruction = &program->code[at];

        switch (instruction->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (instruction->k > sizeof(*data) - sizeof(value))
                return UINT32_MAX;
            memcpy(&value, (const char *)data + instruction->k, sizeof(value));
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            value &= instruction->k;
            break;
        case BPF_RET | BPF_K:
            return instruction->k;
        case BPF_JMP | BPF_JA:
            at += instruction->k;
            break;
        default:
            if (BPF_CLASS(instruction->code) != BPF_JMP)
                return UINT32_MAX;
            at += judge_jumps(instruction, value) ? instruction->jt : instruction->jf;
        }
    }
    return UINT32_MAX;
}

/* As the kernel: the gravest action, and of equal ones that of the program installed last. */
static inline uint32_t judge_stack(const struct judge_stack *stack, const struct seccomp_data *data)
{
    uint32_t result = SECCOMP_RET_ALLOW;

    for (size_t i = stack->count; i > 0; i--) {
        uint32_t verdict = judge_run(&stack->programs[i - 1], data);

        if ((int32_t)(verdict & SECCOMP_RET_ACTION_FULL) <
            (int32_t)(result & SECCOMP_RET_ACTION_FULL))
            result = verdict;
    }
    return result;
}

static inline void judge_name(uint32_t verdict, char text[JUDGE_VERDICT_SIZE])
{
    switch (verdict & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
        snprintf(text, JUDGE_VERDICT_SIZE, "A");
        break;
    case SECCOMP_RET_LOG:
        snprintf(text, JUDGE_VERDICT_SIZE, "L");
        break;
    case SECCOMP_RET_KILL_PROCESS:
        snprintf(text, JUDGE_VERDICT_SIZE, "K");
        break;
    case SECCOMP_RET_KILL_THREAD:
        snprintf(text, JUDGE_VERDICT_SIZE, "k");
        break;
    case SECCOMP_RET_ERRNO:
        snprintf(text, JUDGE_VERDICT_SIZE, "E%u", verdict & SECCOMP_RET_DATA);
        break;
    default:
        snprintf(text, JUDGE_VERDICT_SIZE, "?%x", verdict);
    }
}

struct judge_architecture {
    const char *name;
    uint32_t audit;
    int bit;
};

static const struct judge_architecture judge_architectures[] = {
    { "x86-64", AUDIT_ARCH_X86_64, 0 },
    { "x32", AUDIT_ARCH_X86_64, JUDGE_X32_BIT },
    { "i386", AUDIT_ARCH_I386, 0 },
};
enum { JUDGE_ARCHITECTURE_COUNT = 3 };

/*
 * Lists of values for one argument. The last of each have bits above those that the kernel looks
 * at: to it they are like others without, and a filter that compares all 64 bits takes them for
 * something else.
 */
#define JUDGE_HIGH UINT64_C(0x100000000)
enum judge_list {
    JUDGE_FAMILIES,
    JUDGE_TYPES,
    JUDGE_NAMESPACES,
    JUDGE_POLICIES,
    JUDGE_PERSONALITIES,
    JUDGE_PROTECTIONS,
    JUDGE_SHM_FLAGS,
    JUDGE_MODES,
    JUDGE_MULTIPLEX,
    JUDGE_LIMITS,
};

static const uint64_t judge_namespaces[] = { 0,
                                             0x11,
                                             0x80,
                                             0x20000,
                                             0x2000000,
                                             0x4000000,
                                             0x8000000,
                                             0x10000000,
                                             0x20000000,
                                             0x40000000,
                                             0x3d0f00,
                                             0x7e020000,
                                             JUDGE_HIGH | 0x10000000,
                                             JUDGE_HIGH | 0x11 };
static const uint64_t judge_modes[] = { 0,
                                        0755,
                                        01777,
                                        02000,
                                        04000,
                                        06000,
                                        02755,
                                        04755,
                                        0100644,
                                        0x10000 | 04755,
                                        JUDGE_HIGH | 04755,
                                        JUDGE_HIGH | 0755 };

static inline size_t judge_range(uint64_t first, uint64_t last, uint64_t *values)
{
    for (uint64_t i = first; i <= last; i++)
        values[i - first] = i;
    return (size_t)(last - first + 1);
}

static inline size_t judge_copy(const uint64_t *from, size_t size, uint64_t *values)
{
    memcpy(values, from, size);
    return size / sizeof(*from);
}

static inline size_t judge_values(enum judge_list list, uint64_t values[JUDGE_VALUES_MAX])
{
    size_t count;

    switch (list) {
    case JUDGE_FAMILIES:
        count = judge_range(0, 50, values);
        values[count++] = 0xffff;
        values[count++] = JUDGE_HIGH | 1;
        values[count++] = JUDGE_HIGH | 2;
        values[count++] = JUDGE_HIGH | 16;
        return count;
    case JUDGE_TYPES:
        count = judge_range(0, 10, values);
        values[count++] = 02000000 | 1; /* SOCK_CLOEXEC */
        values[count++] = 04000 | 3;    /* SOCK_NONBLOCK */
        return count;
    case JUDGE_NAMESPACES:
        return judge_copy(judge_namespaces, sizeof(judge_namespaces), values);
    case JUDGE_POLICIES:
        count = judge_range(0, 8, values);
        values[count++] = 0x40000000; /* SCHED_RESET_ON_FORK */
        values[count++] = 0x40000002;
        values[count++] = JUDGE_HIGH | 1;
        values[count++] = JUDGE_HIGH | 0;
        return count;
    case JUDGE_PERSONALITIES:
        values[0] = 0;
        values[1] = 8;
        values[2] = 0x0040000;
        values[3] = 0xffffffff;
        values[4] = JUDGE_HIGH | 0;
        values[5] = JUDGE_HIGH | 8;
        return 6;
    case JUDGE_PROTECTIONS:
        count = judge_range(0, 15, values);
        values[count++] = JUDGE_HIGH | 4;
        values[count++] = JUDGE_HIGH | 6;
        return count;
    case JUDGE_SHM_FLAGS:
        values[0] = 0;
        values[1] = 010000;
        values[2] = 0100000; /* SHM_EXEC */
        values[3] = 0110000;
        return 4;
    case JUDGE_MODES:
        return judge_copy(judge_modes, sizeof(judge_modes), values);
    case JUDGE_MULTIPLEX:
        return judge_range(0, 25, values);
    case JUDGE_LIMITS:
        return judge_range(0, 15, values);
    }
    return 0;
}

/* One call over the values of one argument. */
struct judge_sweep {
    const char *name;
    int number, number_i386; /* -1: not there */
    int argument;
    enum judge_list list;
    uint64_t fixed[6];
};

static const struct judge_sweep judge_sweeps[] = {
    { "socket", 41, 359, 0, JUDGE_FAMILIES, { 0, 1, 0 } },
    { "socket-inet-type", 41, 359, 1, JUDGE_TYPES, { 2, 0, 0 } },
    { "socket-netlink-type", 41, 359, 1, JUDGE_TYPES, { 16, 0, 0 } },
    { "socketpair", 53, 360, 0, JUDGE_FAMILIES, { 0, 1, 0 } },
    { "socketcall", -1, 102, 0, JUDGE_MULTIPLEX, { 0 } },
    { "ipc", -1, 117, 0, JUDGE_MULTIPLEX, { 0 } },
    { "clone", 56, 120, 0, JUDGE_NAMESPACES, { 0 } },
    { "unshare", 272, 310, 0, JUDGE_NAMESPACES, { 0 } },
    { "setns", 308, 346, 1, JUDGE_NAMESPACES, { 3, 0 } },
    { "sched_setscheduler", 144, 156, 1, JUDGE_POLICIES, { 0 } },
    { "personality", 135, 136, 0, JUDGE_PERSONALITIES, { 0 } },
    { "mmap", 9, 192, 2, JUDGE_PROTECTIONS, { 0 } },
    { "mprotect", 10, 125, 2, JUDGE_PROTECTIONS, { 0 } },
    { "pkey_mprotect", 329, 380, 2, JUDGE_PROTECTIONS, { 0 } },
    { "shmat", 30, 397, 2, JUDGE_SHM_FLAGS, { 0 } },
    { "chmod", 90, 15, 1, JUDGE_MODES, { 0 } },
    { "fchmod", 91, 94, 1, JUDGE_MODES, { 0 } },
    { "fchmodat", 268, 306, 2, JUDGE_MODES, { 0 } },
    { "fchmodat2", 452, 452, 2, JUDGE_MODES, { 0 } },
    { "mkdir", 83, 39, 1, JUDGE_MODES, { 0 } },
    { "mkdirat", 258, 296, 2, JUDGE_MODES, { 0 } },
    { "mknod", 133, 14, 1, JUDGE_MODES, { 0 } },
    { "mknodat", 259, 297, 2, JUDGE_MODES, { 0 } },
    { "creat", 85, 8, 1, JUDGE_MODES, { 0 } },
    { "open", 2, 5, 2, JUDGE_MODES, { 0, 0 } },
    { "open-create", 2, 5, 2, JUDGE_MODES, { 0, 0101 } },
    { "openat-create", 257, 295, 3, JUDGE_MODES, { 0, 0, 0101 } },
    { "setrlimit", 160, 75, 0, JUDGE_LIMITS, { 0 } },
    { "prlimit64", 302, 340, 1, JUDGE_LIMITS, { 0, 0, 1 } },
    { "prlimit64-read", 302, 340, 1, JUDGE_LIMITS, { 0, 0, 0 } },
    { "openat-tmpfile", 257, 295, 3, JUDGE_MODES, { 0, 0, 020200001 } },
};
enum { JUDGE_SWEEP_COUNT = sizeof(judge_sweeps) / sizeof(judge_sweeps[0]) };

/* Verdicts as runs: "0-12A 13K". */
struct judge_runs {
    FILE *out;
    char verdict[JUDGE_VERDICT_SIZE];
    unsigned first, last;
};

static inline void judge_end_run(struct judge_runs *runs)
{
    if (runs->verdict[0] == '\0')
        return;
    if (runs->first == runs->last)
        fprintf(runs->out, " %u%s", runs->first, runs->verdict);
    else
        fprintf(runs->out, " %u-%u%s", runs->first, runs->last, runs->verdict);
}

static inline void judge_add(struct judge_runs *runs, unsigned index, uint32_t verdict)
{
    char name[JUDGE_VERDICT_SIZE];

    judge_name(verdict, name);
    if (strcmp(name, runs->verdict) != 0) {
        judge_end_run(runs);
        memcpy(runs->verdict, name, sizeof(name));
        runs->first = index;
    }
    runs->last = index;
}

/* One line: all numbers of an architecture. */
static inline void judge_numbers(const struct judge_stack *stack,
                                 const struct judge_architecture *architecture, FILE *out)
{
    struct judge_runs runs = { .out = out };

    fprintf(out, "%s:", architecture->name);
    for (int i = 0; i < JUDGE_NUMBER_COUNT; i++) {
        struct seccomp_data data = { .nr = i | architecture->bit, .arch = architecture->audit };

        judge_add(&runs, (unsigned)i, judge_stack(stack, &data));
    }
    judge_end_run(&runs);
    putc('\n', out);
}

/* One line: the positions in the list of values. */
static inline void judge_sweep(const struct judge_stack *stack, const struct judge_sweep *sweep,
                               const struct judge_architecture *architecture, FILE *out)
{
    bool is_i386 = architecture->audit == AUDIT_ARCH_I386;
    int number = is_i386 ? sweep->number_i386 : sweep->number | architecture->bit;
    uint64_t values[JUDGE_VALUES_MAX];
    size_t count = judge_values(sweep->list, values);
    struct judge_runs runs = { .out = out };

    if ((is_i386 ? sweep->number_i386 : sweep->number) < 0)
        return;
    fprintf(out, "%s %s:", architecture->name, sweep->name);
    for (size_t i = 0; i < count; i++) {
        struct seccomp_data data = { .nr = number, .arch = architecture->audit };

        memcpy(data.args, sweep->fixed, sizeof(data.args));
        data.args[sweep->argument] = is_i386 ? (uint32_t)values[i] : values[i];
        judge_add(&runs, (unsigned)i, judge_stack(stack, &data));
    }
    judge_end_run(&runs);
    putc('\n', out);
}

static inline void judge_print(const struct judge_stack *stack, FILE *out)
{
    for (size_t i = 0; i < JUDGE_ARCHITECTURE_COUNT; i++)
        judge_numbers(stack, &judge_architectures[i], out);
    for (size_t k = 0; k < JUDGE_SWEEP_COUNT; k++) {
        for (size_t i = 0; i < JUDGE_ARCHITECTURE_COUNT; i++)
            judge_sweep(stack, &judge_sweeps[k], &judge_architectures[i], out);
    }
}

#endif
