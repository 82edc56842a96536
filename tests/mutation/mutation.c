/*
 * Are the tests of the engine worth their name? Each cell of the table in
 * supervisor/unit/machine.c, and each member of each row of its states, is changed in turn, and
 * some test has to fail. Nothing is compiled anew: the linker puts the two functions of this file
 * between the table and everybody who asks it (--wrap), and each mutant is a child of its own that
 * runs the tests' main()s.
 *
 *   build/tests/mutation            a few changes per cell
 *   build/tests/mutation all        every other next state of every cell
 *   build/tests/mutation paths      prints engine_paths.txt anew (see test_engine_paths.c)
 *
 * Exit status 0: all mutants were found out. The survivors are printed, one a line.
 */

#include "supervisor/unit/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS_MAX = 16, SECONDS_MAX = 30, MUTANTS_MAX = 16384 };

enum part { PART_MOVE, PART_NAME, PART_ACTIVE, PART_RUN, PART_KILL, PART_DEADLINE };

struct mutant {
    enum part part;
    enum unit_state state;
    enum unit_event event;  /* PART_MOVE */
    struct unit_move move;  /* PART_MOVE */
    struct state_info info; /* the others */
};

struct unit_move __real_unit_move(enum unit_state state, enum unit_event event);
const struct state_info *__real_unit_state_info(enum unit_state state);
struct unit_move __wrap_unit_move(enum unit_state state, enum unit_event event);
const struct state_info *__wrap_unit_state_info(enum unit_state state);

/* What this process is; set once, in the child. */
static const struct mutant *self;

struct unit_move __wrap_unit_move(enum unit_state state, enum unit_event event)
{
    if (self && self->part == PART_MOVE && self->state == state && self->event == event)
        return self->move;
    return __real_unit_move(state, event);
}

const struct state_info *__wrap_unit_state_info(enum unit_state state)
{
    if (self && self->part != PART_MOVE && self->state == state)
        return &self->info;
    return __real_unit_state_info(state);
}

/* --- the tests, the quickest first --- */

#define TESTS(X)                                                                                   \
    X(test_engine)                                                                                 \
    X(test_engine_service)                                                                         \
    X(test_engine_deadlines)                                                                       \
    X(test_engine_jobs)                                                                            \
    X(test_engine_waiting)                                                                         \
    X(test_engine_paths)                                                                           \
    X(test_simulate)                                                                               \
    X(test_graphs)                                                                                 \
    X(test_walk)

#define DECLARE(name) int main_##name(int argc, char **argv);
TESTS(DECLARE)

struct test {
    int (*main)(int argc, char **argv);
    const char *argv[4];
};

#define ROW(name) { main_##name, { #name } },

static bool is_found_out(void)
{
    struct test tests[] = { TESTS(ROW) };

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        int argc = 1;

        if (strcmp(tests[i].argv[0], "test_graphs") == 0) {
            tests[i].argv[argc++] = "0";
            tests[i].argv[argc++] = "150";
        } else if (strcmp(tests[i].argv[0], "test_walk") == 0) {
            tests[i].argv[argc++] = "100";
        }
        if (tests[i].main(argc, (char **)tests[i].argv) != 0)
            return true;
    }
    return false;
}

/* --- the mutants --- */

struct herd {
    struct mutant *mutants;
    size_t count;
    bool is_full; /* every other next state, not a few */
};

static void add(struct herd *herd, struct mutant mutant)
{
    if (herd->count < MUTANTS_MAX)
        herd->mutants[herd->count++] = mutant;
}

static void add_move(struct herd *herd, struct mutant mutant, struct unit_move move)
{
    struct unit_move real = __real_unit_move(mutant.state, mutant.event);

    mutant.move = move;
    if (real.stay != move.stay || real.decided != move.decided ||
        (!real.stay && real.next != move.next))
        add(herd, mutant);
}

static void mutate_cell(struct herd *herd, enum unit_state state, enum unit_event event)
{
    struct mutant mutant = { .part = PART_MOVE, .state = state, .event = event };
    struct unit_move real = __real_unit_move(state, event);

    if (!real.decided)
        return;
    add_move(herd, mutant, (struct unit_move){ .decided = false });
    add_move(herd, mutant, (struct unit_move){ .decided = true, .stay = true });
    for (int next = 0; next < STATE_COUNT; next++) {
        int distance = (next - (int)real.next + STATE_COUNT) % STATE_COUNT;
        bool is_near = distance == 1 || distance == STATE_COUNT - 1;

        if (herd->is_full || is_near || next == (int)state || next == STATE_DEAD ||
            next == STATE_FAILED)
            add_move(herd, mutant,
                     (struct unit_move){ .decided = true, .next = (enum unit_state)next });
    }
}

static void mutate_state(struct herd *herd, enum unit_state state)
{
    const struct state_info real = *__real_unit_state_info(state);
    struct mutant mutant = { .state = state, .info = real, .part = PART_NAME };

    mutant.info.name = "mutant";
    add(herd, mutant);
    mutant = (struct mutant){ .state = state, .info = real, .part = PART_ACTIVE };
    for (int i = 0; i <= ACTIVE_RELOADING; i++)
        if ((mutant.info.active = (enum active_state)i) != real.active)
            add(herd, mutant);
    mutant = (struct mutant){ .state = state, .info = real, .part = PART_RUN };
    for (int i = 0; i <= LIST_STOP_POST; i++)
        if ((mutant.info.run = (enum command_list)i) != real.run)
            add(herd, mutant);
    mutant = (struct mutant){ .state = state, .info = real, .part = PART_KILL };
    for (int i = 0; i <= KILL_STAGE_FINAL; i++)
        if ((mutant.info.kill = (enum kill_stage)i) != real.kill)
            add(herd, mutant);
    mutant = (struct mutant){ .state = state, .info = real, .part = PART_DEADLINE };
    for (int i = 0; i <= DEADLINE_RESTART; i++)
        if ((mutant.info.deadline = (enum deadline_kind)i) != real.deadline)
            add(herd, mutant);
}

static void print_mutant(const struct mutant *mutant)
{
    const char *state = __real_unit_state_info(mutant->state)->name;

    switch (mutant->part) {
    case PART_MOVE:
        printf("survives: (%s, %s) -> %s\n", state, unit_event_name(mutant->event),
               !mutant->move.decided ? "undecided"
               : mutant->move.stay   ? "stay"
                                     : __real_unit_state_info(mutant->move.next)->name);
        break;
    case PART_NAME:
        printf("survives: %s has another name\n", state);
        break;
    case PART_ACTIVE:
        printf("survives: %s counts as %s\n", state, active_state_name(mutant->info.active));
        break;
    case PART_RUN:
        printf("survives: %s runs list %d\n", state, (int)mutant->info.run);
        break;
    case PART_KILL:
        printf("survives: %s kills by stage %d\n", state, (int)mutant->info.kill);
        break;
    case PART_DEADLINE:
        printf("survives: %s has deadline %d\n", state, (int)mutant->info.deadline);
        break;
    }
}

/* --- the hunt --- */

/* A mutant that loops for ever or crashes is found out, too. */
static void be(const struct mutant *mutant)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    self = mutant;
    alarm(SECONDS_MAX);
    if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
        _exit(2);
    _exit(is_found_out() ? 1 : 0);
}

struct hunt {
    pid_t pids[WORKERS_MAX];
    size_t mutants[WORKERS_MAX];
    size_t running, survivors;
};

static void wait_for_one(struct hunt *hunt, const struct herd *herd)
{
    int status;
    pid_t pid = wait(&status);

    for (size_t i = 0; i < hunt->running; i++) {
        if (hunt->pids[i] != pid)
            continue;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            print_mutant(&herd->mutants[hunt->mutants[i]]);
            fflush(stdout);
            hunt->survivors++;
        }
        hunt->running--;
        hunt->pids[i] = hunt->pids[hunt->running];
        hunt->mutants[i] = hunt->mutants[hunt->running];
        return;
    }
}

static size_t hunt_all(const struct herd *herd, size_t workers)
{
    struct hunt hunt = { 0 };

    for (size_t i = 0; i < herd->count; i++) {
        pid_t pid = fork();

        if (pid == 0)
            be(&herd->mutants[i]);
        if (pid < 0) {
            fprintf(stderr, "mutation: fork: %s\n", strerror(errno));
            exit(2);
        }
        hunt.pids[hunt.running] = pid;
        hunt.mutants[hunt.running++] = i;
        if (hunt.running == workers)
            wait_for_one(&hunt, herd);
    }
    while (hunt.running > 0)
        wait_for_one(&hunt, herd);
    return hunt.survivors;
}

int main(int argc, char **argv)
{
    struct herd herd = { .is_full = argc > 1 && strcmp(argv[1], "all") == 0 };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t survivors, cells;

    if (argc > 1 && strcmp(argv[1], "paths") == 0)
        return main_test_engine_paths(2, (char *[]){ argv[0], "print", NULL });
    if (is_found_out()) {
        fprintf(stderr, "mutation: a test fails without any change: see above\n");
        return 2;
    }
    herd.mutants = calloc(MUTANTS_MAX, sizeof(*herd.mutants));
    if (!herd.mutants)
        return 2;
    for (int state = 0; state < STATE_COUNT; state++)
        for (int event = 0; event < EVENT_COUNT; event++)
            mutate_cell(&herd, (enum unit_state)state, (enum unit_event)event);
    cells = herd.count;
    for (int state = 0; state < STATE_COUNT; state++)
        mutate_state(&herd, (enum unit_state)state);
    survivors = hunt_all(&herd, cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (size_t)cores);
    printf("%zu mutants of cells, %zu of states: %zu survive\n", cells, herd.count - cells,
           survivors);
    free(herd.mutants);
    return survivors ? 1 : 0;
}
