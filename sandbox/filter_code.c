#include "sandbox/filter_code.h"

#include <endian.h>
#include <linux/seccomp.h>

enum {
    JUMP_MAX = UINT8_MAX,
    RANGES_MAX = 2 * (FILTER_NUMBERS + 1),
    WORD = sizeof(uint32_t),
};

/* Numbers from `first` to the next range's. */
struct range {
    uint32_t first;
    uint32_t verdict;
    const struct filter_rules *rules; /* NULL: the verdict is all; else those for this number */
    int number;
};

struct ranges {
    struct range items[RANGES_MAX];
    size_t count;
};

/* Where to go on: an instruction, or any that returns the verdict. */
struct target {
    bool is_verdict;
    uint32_t verdict;
    size_t at;
};

static struct target at_start(const struct filter_code *code)
{
    return (struct target){ .at = code->start };
}

static struct target at_verdict(uint32_t verdict)
{
    return (struct target){ .is_verdict = true, .verdict = verdict };
}

static void emit(struct filter_code *code, struct sock_filter instruction)
{
    if (code->start == 0)
        code->is_full = true;
    else
        code->room[--code->start] = instruction;
}

static void emit_load(struct filter_code *code, size_t offset)
{
    emit(code, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* The nearest instruction that returns the verdict; BPF_MAXINSNS when none is. */
static size_t find_return(const struct filter_code *code, uint32_t verdict)
{
    size_t i = code->start;

    while (i < BPF_MAXINSNS &&
           (code->room[i].code != (BPF_RET | BPF_K) || code->room[i].k != verdict))
        i++;
    return i;
}

/*
 * The target as an instruction that a branch can reach even when two more come between. A
 * conditional jump reaches 255 instructions; beyond, an unconditional one takes over, or the
 * verdict is returned once more.
 */
static size_t in_reach(struct filter_code *code, struct target target)
{
    size_t at = target.is_verdict ? find_return(code, target.verdict) : target.at;

    if (at < BPF_MAXINSNS && at - code->start + 2 <= JUMP_MAX)
        return at;
    if (target.is_verdict)
        emit(code, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, target.verdict));
    else
        emit(code,
             (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(target.at - code->start)));
    return code->start;
}

/* Compares the accumulator. */
static void emit_branch(struct filter_code *code, struct sock_filter comparison, struct target yes,
                        struct target no)
{
    size_t yes_at = in_reach(code, yes), no_at = in_reach(code, no);

    comparison.jt = (uint8_t)(yes_at - code->start);
    comparison.jf = (uint8_t)(no_at - code->start);
    emit(code, comparison);
}

/* --- one number with rules --- */

static size_t low_half(unsigned argument)
{
    size_t at = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);

    return BYTE_ORDER == LITTLE_ENDIAN ? at : at + WORD;
}

static size_t high_half(unsigned argument)
{
    size_t at = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);

    return BYTE_ORDER == LITTLE_ENDIAN ? at + WORD : at;
}

#define COMPARE(jump, value) ((struct sock_filter)BPF_STMT(BPF_JMP | (jump) | BPF_K, value))

static void emit_condition(struct filter_code *code, const struct filter_condition *condition,
                           struct target yes, struct target no)
{
    switch (condition->comparison) {
    case FILTER_EQUAL:
        emit_branch(code, COMPARE(BPF_JEQ, condition->value), yes, no);
        break;
    case FILTER_NOT_EQUAL:
        emit_branch(code, COMPARE(BPF_JEQ, condition->value), no, yes);
        break;
    case FILTER_ABOVE:
        emit_branch(code, COMPARE(BPF_JGT, condition->value), yes, no);
        break;
    case FILTER_ANY_BIT:
        emit_branch(code, COMPARE(BPF_JSET, condition->value), yes, no);
        break;
    case FILTER_NOT_NULL:
        emit_branch(code, COMPARE(BPF_JEQ, 0), no, yes);
        emit_load(code, high_half(condition->argument));
        emit_branch(code, COMPARE(BPF_JEQ, 0), at_start(code), yes);
        break;
    case FILTER_HIGH_EQUAL:
        emit_branch(code, COMPARE(BPF_JEQ, condition->value), yes, no);
        emit_load(code, high_half(condition->argument));
        return;
    }
    if (condition->mask != 0)
        emit(code, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, condition->mask));
    emit_load(code, low_half(condition->argument));
}

/* The verdict when all conditions hold, otherwise on to `next`. */
static struct target emit_rule(struct filter_code *code, const struct filter_rule *rule,
                               struct target next)
{
    struct target target = at_verdict(rule->verdict);

    for (unsigned i = rule->count; i > 0; i--) {
        emit_condition(code, &rule->conditions[i - 1], target, next);
        target = at_start(code);
    }
    return target;
}

static struct target emit_range(struct filter_code *code, const struct range *range)
{
    const struct filter_rules *rules = range->rules;
    struct target target = at_verdict(range->verdict);

    for (size_t i = rules ? rules->count : 0; i > 0; i--) {
        if (rules->rules[i - 1].number == range->number)
            target = emit_rule(code, &rules->rules[i - 1], target);
    }
    return target;
}

/* --- the search for a number, which is in the accumulator --- */

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the logarithm of the ranges */
static struct target emit_search(struct filter_code *code, const struct range *ranges, size_t count)
{
    size_t middle = count / 2;
    struct target low, high;

    if (count == 1)
        return emit_range(code, ranges);
    high = emit_search(code, ranges + middle, count - middle);
    low = emit_search(code, ranges, middle);
    emit_branch(code, COMPARE(BPF_JGE, ranges[middle].first), high, low);
    return at_start(code);
}

static bool has_rule(const struct filter_rules *rules, int number)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].number == number)
            return true;
    }
    return false;
}

static void add_range(struct ranges *ranges, struct range range)
{
    const struct range *last = ranges->count > 0 ? &ranges->items[ranges->count - 1] : NULL;

    if (last && !last->rules && !range.rules && last->verdict == range.verdict)
        return;
    ranges->items[ranges->count++] = range; /* RANGES_MAX is for two tables of nothing but ranges */
}

static void add_ranges(struct ranges *ranges, const struct filter_rules *rules)
{
    uint32_t base = rules->architecture->base;

    for (int i = 0; i < FILTER_NUMBERS; i++)
        add_range(ranges, (struct range){ .first = base + (uint32_t)i,
                                          .verdict = rules->verdicts[i],
                                          .rules = has_rule(rules, i) ? rules : NULL,
                                          .number = i });
    add_range(ranges, (struct range){ .first = base + FILTER_NUMBERS, .verdict = rules->fallback });
}

void filter_code_init(struct filter_code *code, uint32_t verdict)
{
    code->start = BPF_MAXINSNS;
    code->is_full = false;
    emit(code, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
    code->next = code->start;
}

void filter_code_architecture(struct filter_code *code, const struct filter_rules *const *rules,
                              size_t count)
{
    struct ranges *ranges = calloc(1, sizeof(*ranges));
    struct target search;

    if (!ranges) {
        code->is_full = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        add_ranges(ranges, rules[i]);
    search = emit_search(code, ranges->items, ranges->count);
    free(ranges);
    if (search.is_verdict)
        search.at = in_reach(code, search);
    else
        emit_load(code, offsetof(struct seccomp_data, nr));
    emit_branch(code, COMPARE(BPF_JEQ, rules[0]->architecture->audit), at_start(code),
                (struct target){ .at = code->next });
    code->next = code->start;
}

void filter_code_finish(struct filter_code *code)
{
    emit_load(code, offsetof(struct seccomp_data, arch));
}
