/*
 * Are the tests of the engine worth their name? Each cell of the table in
 * supervisor/unit/machine.c, and each member of each row of its states, is changed to everything
 * else that it could be, one at a time, and some test has to fail.
 *
 * Nothing is compiled anew: the linker puts functions of this file between the table and everybody
 * who asks it, and between the tests and cmocka (--wrap). First all tests run with the table as it
 * is, to see which of them ask for which cell. Then each mutant is a child of its own, which runs
 * those that ask for what it is about, the quickest first, until one fails. Only tests that know
 * what is right count: those of tests/unit, and not the walks of tests/model.
 *
 * A cell that is empty is no mutant's matter: test_walk shows that no world leads to one, and here
 * it is checked that no test asks for one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/mutation/mutant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 16,
    TESTS_MAX = 256,
    /* A mutant that makes so many times the moves of the real one goes round and round; so does one
       that takes this time without asking the table. */
    MOVES_TIMES_MAX = 3,
    SECONDS_MAX = 30,
};

struct unit_move __wrap_unit_move(enum unit_state state, enum unit_event event);
const struct state_info *__wrap_unit_state_info(enum unit_state state);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

/* --- the tests --- */

/* GNUmakefile reads this list, too. */
#define TESTS(X)                                                                                   \
    X(test_engine)                                                                                 \
    X(test_engine_deadlines)                                                                       \
    X(test_engine_down)                                                                            \
    X(test_engine_health)                                                                          \
    X(test_engine_jobs)                                                                            \
    X(test_engine_path)                                                                            \
    X(test_engine_service)                                                                         \
    X(test_engine_up)                                                                              \
    X(test_engine_waiting)

#define DECLARE(name) int main_##name(void);
TESTS(DECLARE)

struct test {
    const char *name;
    void (*run)(void **state);
    long long cost_ns;
    bool asks_move[STATE_COUNT][EVENT_COUNT];
    bool asks_state[STATE_COUNT];
};

static struct test tests[TESTS_MAX];
static size_t test_count;

/* What a child is: set once, at its begin. */
static struct mutant self;
static struct state_info self_info;
static unsigned long moves, moves_left;
static bool is_mutant;

/* Which test runs: NULL in a child. */
static struct test *now;

/* The tests' main()s come here; they are run later, one by one. */
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *group, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    if (setup || teardown || test_count + count > TESTS_MAX) {
        fprintf(stderr, "mutation: %s: a fixture, or too many tests\n", name);
        exit(2);
    }
    for (size_t i = 0; i < count; i++)
        tests[test_count++] = (struct test){ .name = group[i].name, .run = group[i].test_func };
    return 0;
}

/* --- between the table and who asks it --- */

struct unit_move __wrap_unit_move(enum unit_state state, enum unit_event event)
{
    if (now) {
        now->asks_move[state][event] = true;
        moves++;
    }
    if (!is_mutant)
        return __real_unit_move(state, event);
    if (moves_left-- == 0)
        _exit(1);
    if (self.part != PART_MOVE || self.state != state || self.event != event)
        return __real_unit_move(state, event);
    return mutant_move(&self);
}

const struct state_info *__wrap_unit_state_info(enum unit_state state)
{
    if (now)
        now->asks_state[state] = true;
    if (is_mutant && self.part != PART_MOVE && self.state == state)
        return &self_info;
    return __real_unit_state_info(state);
}

/* --- the hunt --- */

static bool asks(const struct test *test, const struct mutant *mutant)
{
    return mutant->part == PART_MOVE ? test->asks_move[mutant->state][mutant->event]
                                     : test->asks_state[mutant->state];
}

static bool silence(int fd)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool is_silent = null >= 0 && dup2(null, fd) == fd;

    (void)close(null);
    return is_silent;
}

/* An assertion that fails outside of cmocka's runner ends the process with a status. A mutant that
 * goes round and round, or crashes, is found out, too. */
static void be(const struct mutant *mutant)
{
    if (!silence(STDOUT_FILENO) || !silence(STDERR_FILENO))
        _exit(0);
    alarm(SECONDS_MAX);
    self = *mutant;
    self_info = mutant_info(mutant);
    moves_left = moves * MOVES_TIMES_MAX;
    is_mutant = true;
    for (size_t i = 0; i < test_count; i++) {
        void *state = NULL;

        if (asks(&tests[i], mutant))
            tests[i].run(&state);
    }
    _exit(0);
}

struct hunt {
    struct mutant hunted[WORKERS_MAX];
    pid_t pids[WORKERS_MAX];
    size_t running, workers;
    size_t mutants, survivors, excused, wrongly_excused;
};

static void judge(struct hunt *hunt, const struct mutant *mutant, bool survives)
{
    const char *excuse = mutant_excuse(mutant);

    hunt->mutants++;
    if (survives && excuse) {
        hunt->excused++;
        mutant_print(excuse, mutant);
    } else if (survives) {
        hunt->survivors++;
        mutant_print("survives", mutant);
    } else if (excuse) {
        hunt->wrongly_excused++;
        mutant_print("is excused, but found out", mutant);
    }
}

static void wait_for_one(struct hunt *hunt)
{
    int status;
    pid_t pid = wait(&status);

    for (size_t i = 0; i < hunt->running; i++) {
        if (hunt->pids[i] != pid)
            continue;
        judge(hunt, &hunt->hunted[i], WIFEXITED(status) && WEXITSTATUS(status) == 0);
        hunt->running--;
        hunt->pids[i] = hunt->pids[hunt->running];
        hunt->hunted[i] = hunt->hunted[hunt->running];
        return;
    }
}

static void release(struct hunt *hunt, const struct mutant *mutant)
{
    pid_t pid;

    if (hunt->running == hunt->workers)
        wait_for_one(hunt);
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        be(mutant);
    if (pid < 0) {
        fprintf(stderr, "mutation: fork: %s\n", strerror(errno));
        exit(2);
    }
    hunt->pids[hunt->running] = pid;
    hunt->hunted[hunt->running++] = *mutant;
}

static void release_all(struct hunt *hunt, struct mutant mutant)
{
    int real = mutant_real_value(&mutant);

    if (mutant.part == PART_MOVE && real == MOVE_UNDECIDED)
        return;
    for (mutant.value = 0; mutant.value < mutant_values(mutant.part); mutant.value++)
        if (mutant.value != real)
            release(hunt, &mutant);
}

static void hunt_moves(struct hunt *hunt)
{
    for (int state = 0; state < STATE_COUNT; state++)
        for (int event = 0; event < EVENT_COUNT; event++)
            release_all(hunt, (struct mutant){ .part = PART_MOVE,
                                               .state = (enum unit_state)state,
                                               .event = (enum unit_event)event });
}

static void hunt_states(struct hunt *hunt)
{
    for (int state = 0; state < STATE_COUNT; state++)
        for (int part = PART_NAME; part < PART_COUNT; part++)
            release_all(hunt, (struct mutant){ .part = (enum part)part,
                                               .state = (enum unit_state)state,
                                               .event = EVENT_COUNT });
}

/* --- the whole --- */

static long long clock_ns(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int by_cost(const void *a, const void *b)
{
    const struct test *left = a, *right = b;

    return left->cost_ns < right->cost_ns ? -1 : left->cost_ns > right->cost_ns;
}

/* One that fails ends us here. What they say is for when they run alone. */
static bool run_unchanged(void)
{
    int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

    fflush(stdout);
    if (terminal < 0 || !silence(STDOUT_FILENO))
        return false;
    for (size_t i = 0; i < test_count; i++) {
        long long begin_ns = clock_ns();
        void *state = NULL;

        now = &tests[i];
        now->run(&state);
        now->cost_ns = clock_ns() - begin_ns;
    }
    now = NULL;
    qsort(tests, test_count, sizeof(*tests), by_cost);
    fflush(stdout);
    return dup2(terminal, STDOUT_FILENO) == STDOUT_FILENO && close(terminal) == 0;
}

static size_t count_empty_cells(void)
{
    size_t asked = 0;

    for (int state = 0; state < STATE_COUNT; state++)
        for (int event = 0; event < EVENT_COUNT; event++)
            for (size_t i = 0; i < test_count; i++)
                if (tests[i].asks_move[state][event] &&
                    !__real_unit_move((enum unit_state)state, (enum unit_event)event).decided) {
                    printf("# %s asks for (%s, %s), which is empty\n", tests[i].name,
                           __real_unit_state_info((enum unit_state)state)->name,
                           unit_event_name((enum unit_event)event));
                    asked++;
                }
    return asked;
}

static bool hunt(int number, const char *what, void (*hunt_them)(struct hunt *hunt))
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct hunt hunt = { .workers = cores < 1             ? 1
                                    : cores > WORKERS_MAX ? WORKERS_MAX
                                                          : (size_t)cores };
    bool is_good;

    hunt_them(&hunt);
    while (hunt.running > 0)
        wait_for_one(&hunt);
    is_good = hunt.survivors == 0 && hunt.wrongly_excused == 0;
    printf("%s %d - %zu mutants of %s: %zu survive, and %zu that are no different\n",
           is_good ? "ok" : "not ok", number, hunt.mutants, what, hunt.survivors, hunt.excused);
    return is_good;
}

#define CALL(name) (void)main_##name();

int main(void)
{
    size_t asked;
    bool is_good;

    printf("1..3\n");
    TESTS(CALL)
    if (!run_unchanged())
        return 2;
    asked = count_empty_cells();
    printf("%s 1 - %zu tests ask for no cell that is empty\n", asked ? "not ok" : "ok", test_count);
    is_good = hunt(2, "the cells", hunt_moves);
    is_good = hunt(3, "the states", hunt_states) && is_good;
    return is_good && asked == 0 ? 0 : 1;
}
