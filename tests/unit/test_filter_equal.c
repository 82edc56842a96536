/* Our filter and systemd's for the same unit, on every call: tests/filters. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sandbox/plan_private.h"
#include "tests/filters/judge.h"
#include "tests/unit/directive_fixture.h"

#include <fnmatch.h>

#if defined(__x86_64__)

#define UNITS    "tests/filters/units.txt"
#define RECORDED "tests/filters/recorded.txt"

enum { NAME_SIZE = 64, TEXT_SIZE = 2048, LABEL_SIZE = 64, ANY_LAST = 100000 };

/*
 * Where we differ on purpose. The first row that fits counts; each must fit somewhere. "ours" and
 * "systemd" are patterns for verdicts.
 */
static struct difference {
    const char *unit, *label; /* patterns */
    unsigned first, last;     /* numbers, or positions in a sweep */
    const char *systemd, *ours;
    const char *reason;
    bool depends_on_library; /* need not fit anywhere */
    unsigned seen;
} differences[] = {
    { .unit = "*",
      .label = "*",
      .first = 0,
      .last = ANY_LAST,
      .systemd = "k",
      .ours = "K",
      .reason = "an architecture that is not allowed: the process dies, not one thread" },
    { .unit = "*",
      .label = "* setrlimit",
      .first = 15,
      .last = 15,
      .systemd = "A",
      .ours = "E1",
      .reason = "the guard of the seal: LimitRTTIME= is how reeve knows its processes" },
    { .unit = "*",
      .label = "* prlimit64",
      .first = 15,
      .last = 15,
      .systemd = "A",
      .ours = "E1",
      .reason = "the guard of the seal" },
    { .unit = "*",
      .label = "*",
      .first = 468,
      .last = 469,
      .systemd = "*",
      .ours = "*",
      .reason = "file_getattr, file_setattr: in systemd's groups, but unknown to its libseccomp" },
    { .unit = "*",
      .label = "*",
      .first = 467,
      .last = 467,
      .systemd = "*",
      .ours = "*",
      .reason = "open_tree_attr: missing in systemd's @mount" },
    { .unit = "@(families*|all|pod-*|debian-*|portable-*)",
      .label = "*",
      .first = 425,
      .last = 425,
      .systemd = "A",
      .ours = "E38",
      .reason = "io_uring opens sockets past a filter" },
    { .unit = "@(suid|all|pod-*|debian-*)",
      .label = "*",
      .first = 425,
      .last = 425,
      .systemd = "A",
      .ours = "E38",
      .reason = "io_uring opens files past a filter" },
    { .unit = "families*",
      .label = "i386",
      .first = 359,
      .last = 359,
      .systemd = "A",
      .ours = "E97",
      .reason = "systemd leaves i386 sockets alone: a way around for every program" },
    { .unit = "families*",
      .label = "i386 socket",
      .first = 0,
      .last = ANY_LAST,
      .systemd = "A",
      .ours = "E97",
      .reason = "systemd leaves i386 sockets alone" },
    { .unit = "families*",
      .label = "i386 socketcall",
      .first = 1,
      .last = 1,
      .systemd = "A",
      .ours = "E97",
      .reason = "systemd leaves i386 sockets alone" },
    { .unit = "@(suid|all|pod-*|debian-*)",
      .label = "* openat-tmpfile",
      .first = 0,
      .last = ANY_LAST,
      .systemd = "A",
      .ours = "E1",
      .reason = "O_TMPFILE makes files, too" },
    { .unit = "*",
      .label = "i386 socket-*-type",
      .first = 0,
      .last = ANY_LAST,
      .systemd = "A",
      .ours = "E97",
      .reason = "systemd leaves i386 sockets alone" },
    { .unit = "families-deny*",
      .label = "* socket",
      .first = 52,
      .last = 54,
      .systemd = "A",
      .ours = "E97",
      .reason =
          "the kernel takes 32 bits for the family, systemd compares 64: a way around its list" },
    { .unit = "*",
      .label = "* socket",
      .first = 52,
      .last = 54,
      .systemd = "E97",
      .ours = "A",
      .reason = "a family that is allowed, with bits that the kernel does not look at" },
    { .unit = "*",
      .label = "* personality",
      .first = 4,
      .last = 4,
      .systemd = "E1",
      .ours = "A",
      .reason = "personality 0, with bits that the kernel does not look at" },
    { .unit = "*",
      .label = "* sched_setscheduler",
      .first = 12,
      .last = 12,
      .systemd = "E1",
      .ours = "A",
      .reason = "SCHED_OTHER, with bits that the kernel does not look at" },
    { .unit = "@(memory|all|pod-*|debian-*|portable-*)",
      .label = "* shmat",
      .first = 2,
      .last = 3,
      .systemd = "A",
      .ours = "E1",
      .reason = "systemd.exec(5) forbids executable segments, which PR_SET_MDWE lets pass" },
    { .unit = "@(memory|all|pod-*|debian-*|portable-*)",
      .label = "i386 ipc",
      .first = 21,
      .last = 21,
      .systemd = "A",
      .ours = "E1",
      .reason = "shmat() again, with its flags out of sight" },
    /* Debian 12's libseccomp has this call on x86-64 and i386 only, as has the kernel. */
    { .unit = "*",
      .label = "x32",
      .first = 453,
      .last = 453,
      .systemd = "*",
      .ours = "*",
      .reason = "map_shadow_stack is no call of x32",
      .depends_on_library = true },
};

/* The verdicts of a line of judge.h. */
struct verdicts {
    char label[LABEL_SIZE];
    char items[JUDGE_NUMBER_COUNT][JUDGE_VERDICT_SIZE];
    unsigned count;
};

static void parse_verdicts(const char *line, struct verdicts *verdicts)
{
    const char *at = strchr(line, ':');

    assert_non_null(at);
    snprintf(verdicts->label, sizeof(verdicts->label), "%.*s", (int)(at - line), line);
    verdicts->count = 0;
    for (at++; *at == ' ';) {
        char verdict[JUDGE_VERDICT_SIZE];
        unsigned first, last;
        int length = 0;

        if (sscanf(at, " %u-%u%15[^ \n]%n", &first, &last, verdict, &length) != 3) {
            assert_int_equal(sscanf(at, " %u%15[^ \n]%n", &first, verdict, &length), 2);
            last = first;
        }
        assert_int_equal(first, verdicts->count);
        assert_true(last < JUDGE_NUMBER_COUNT);
        for (; verdicts->count <= last; verdicts->count++)
            memcpy(verdicts->items[verdicts->count], verdict, sizeof(verdict));
        at += length;
    }
}

static bool is_on_purpose(const char *unit, const struct verdicts *theirs,
                          const struct verdicts *ours, unsigned at)
{
    for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
        struct difference *difference = &differences[i];

        if (at < difference->first || at > difference->last ||
            fnmatch(difference->unit, unit, FNM_EXTMATCH) != 0 ||
            fnmatch(difference->label, theirs->label, 0) != 0 ||
            fnmatch(difference->systemd, theirs->items[at], 0) != 0 ||
            fnmatch(difference->ours, ours->items[at], 0) != 0)
            continue;
        difference->seen++;
        return true;
    }
    return false;
}

/* How many differ without a reason. */
static unsigned compare(const char *unit, const char *their_line, const char *our_line)
{
    static struct verdicts theirs, ours;
    unsigned wrong = 0;

    parse_verdicts(their_line, &theirs);
    parse_verdicts(our_line, &ours);
    assert_string_equal(theirs.label, ours.label);
    assert_int_equal(theirs.count, ours.count);
    for (unsigned i = 0; i < theirs.count; i++) {
        if (strcmp(theirs.items[i], ours.items[i]) == 0 || is_on_purpose(unit, &theirs, &ours, i))
            continue;
        print_message("%s: %s %u: systemd %s, we %s\n", unit, theirs.label, i, theirs.items[i],
                      ours.items[i]);
        wrong++;
    }
    return wrong;
}

/* --- our side --- */

static struct sandbox_plan *make_plan(const struct unit_spec *spec)
{
    static const struct sandbox_abilities abilities = { .seccomp = true, .memory_deny = true };
    struct sandbox_context context = { .abilities = &abilities };
    struct loader_problems problems;
    struct sandbox_plan *plan = NULL;

    loader_problems_init(&problems);
    assert_int_equal(sandbox_plan_make(spec, &context, &problems.sink, &plan), 0);
    return plan;
}

/* Our text for a unit, to be freed. */
static char *judge_ours(struct fixture *fixture, const char *text, size_t *ret_instructions)
{
    struct sandbox_plan *plan;
    struct judge_program program;
    struct judge_stack stack = { &program, 1 };
    char *out = NULL;
    size_t size;
    FILE *file = open_memstream(&out, &size);

    assert_non_null(file);
    assert_int_equal(try_load(fixture, text), 0);
    plan = make_plan(fixture->set.specs[0]);
    program.code = filter_code(plan->filter, &program.count);
    *ret_instructions = program.count;
    judge_print(&stack, file);
    assert_int_equal(fclose(file), 0);
    sandbox_plan_free(plan);
    return out;
}

/* --- the two files, side by side --- */

struct totals {
    unsigned units, wrong, calls;
    size_t instructions_theirs, instructions_ours, longest;
};

static void next_line(FILE *file, char **line, size_t *size)
{
    assert_true(getline(line, size, file) > 0);
}

/* `recorded` is at the first line behind the unit's name. */
static void compare_unit(struct fixture *fixture, const char *name, const char *text,
                         FILE *recorded, struct totals *totals)
{
    size_t instructions, their_instructions, size = 0;
    char *line = NULL, *ours = judge_ours(fixture, text, &instructions), *rest = ours, *our_line;

    next_line(recorded, &line, &size);
    assert_int_equal(sscanf(line, "programs: %*u, instructions: %zu", &their_instructions), 1);
    totals->units++;
    totals->instructions_ours += instructions;
    totals->instructions_theirs += their_instructions;
    if (instructions > totals->longest)
        totals->longest = instructions;
    while ((our_line = strsep(&rest, "\n")) && *our_line != '\0') {
        next_line(recorded, &line, &size);
        totals->wrong += compare(name, line, our_line);
        totals->calls++;
    }
    free(line);
    free(ours);
}

/* Reads up to the line "[name]". */
static void find_recorded(FILE *recorded, const char *name)
{
    char *line = NULL, wanted[NAME_SIZE + 4];
    size_t size = 0;

    snprintf(wanted, sizeof(wanted), "[%s]\n", name);
    do
        next_line(recorded, &line, &size);
    while (strcmp(line, wanted) != 0);
    free(line);
}

/* The next unit of units.txt: its name and its text. */
static bool next_unit(FILE *units, char name[NAME_SIZE], char text[TEXT_SIZE])
{
    size_t size = 0, length = 0;
    char *line = NULL;
    bool has_name = false;

    while (getline(&line, &size, units) > 0 && (!has_name || *line != '\n')) {
        if (*line == '[') {
            snprintf(name, NAME_SIZE, "%.*s", (int)strcspn(line + 1, "]"), line + 1);
            has_name = true;
            length = (size_t)snprintf(text, TEXT_SIZE, "%s", START);
        } else if (has_name) {
            length += (size_t)snprintf(text + length, TEXT_SIZE - length, "%s", line);
        }
        assert_true(length < TEXT_SIZE);
    }
    free(line);
    return has_name;
}

static void test_equal(void **state)
{
    FILE *units = fopen(UNITS, "re"), *recorded = fopen(RECORDED, "re");
    char name[NAME_SIZE], text[TEXT_SIZE];
    struct totals totals = { 0 };

    assert_non_null(units);
    assert_non_null(recorded);
    while (next_unit(units, name, text)) {
        find_recorded(recorded, name);
        /* systemd passes over the line and restricts nothing. */
        if (strcmp(name, "namespaces-mistake") == 0) {
            assert_true(try_load(*state, text) < 0);
            continue;
        }
        compare_unit(*state, name, text, recorded, &totals);
    }
    (void)fclose(units);
    (void)fclose(recorded);
    print_message(
        "%u units, %u lines of verdicts; instructions: systemd %zu, we %zu, at most %zu\n",
        totals.units, totals.calls, totals.instructions_theirs, totals.instructions_ours,
        totals.longest);
    for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
        print_message("%u verdicts differ: %s\n", differences[i].seen, differences[i].reason);
        assert_true(differences[i].seen > 0 || differences[i].depends_on_library);
    }
    assert_true(totals.units > 100);
    assert_int_equal(totals.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_equal) };

    return cmocka_run_group_tests_name("filter_equal", tests, NULL, NULL);
}

#else

static void test_skipped(void **state)
{
    (void)state;
    print_message("skipped: the recording is of x86-64\n");
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_skipped) };

    return cmocka_run_group_tests_name("filter_equal", tests, NULL, NULL);
}

#endif
