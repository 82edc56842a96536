/*
 * The sampler: `sampler WORK PHASE COUNT ROUNDS PROGRAM...` runs each program as PID 1 over COUNT
 * trivial services, in turns, and prints a row per measured value:
 *
 *   PHASE PROGRAM METRIC VALUE
 *
 * WORK/PROGRAM.COUNT holds the program's signal for a stop and its command, a word per line;
 * WORK/PROGRAM.log gets its output. PHASE is
 *
 *   few    all programs are up at the same time: memory, restarts, orphans, idleness
 *   many   one after the other, in an order that changes with the round: start, memory, restart,
 * stop
 *
 * Times are in microseconds, memory in kB. A value that could not be had is -1.
 */

#include "tests/bench/enter.h"
#include "tests/bench/proc.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    PROGRAMS_MAX = 8,
    WORDS_MAX = 32,
    WORD_SIZE = 256,
    PEERS_EVERY = 5,   /* rounds: no ratio is claimed of the peers, and they take their time */
    MEMORY_ROUNDS = 3, /* of many: memory hardly varies */
    RESTARTS = 5,      /* per round of many */
    ORPHAN_ROUNDS = 5, /* of few; a peer has one */
    WAIT_S = 60,
    ORPHANS_WAIT_S = 15,
    STEADY_MS = 1200, /* supervisors wait before they start again what ran for less than 1 s */
    IDLE_S = 20,
    POLL_US = 500,
};

struct run {
    const char *name;
    struct board *board;
    char words[WORDS_MAX][WORD_SIZE];
    char *argv[WORDS_MAX + 1];
    char log_path[WORD_SIZE];
    int stop_signal;
    int count;
    pid_t pid1; /* 0: not running */
    int agent;  /* orders that are written there are carried out inside; -1 */
    pid_t agent_pid;
    bool is_claimed; /* reeve and the floor: in every round */
    bool has_failed; /* to come up: a peer is then left out of the rounds that follow */
};

struct order {
    pid_t pid;
    int signal;
};

static const char *const not_supervision[] = { "service", "sampler", NULL };
static const char *phase;

static void row(const struct run *run, const char *metric, int64_t value)
{
    printf("%s %s %s %lld\n", phase, run->name, metric, (long long)value);
    (void)fflush(stdout);
}

static void pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

/* --- starting --- */

static void read_command(struct run *run, const char *work)
{
    char path[WORD_SIZE + 32], *end;
    int words = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.%d", work, run->name, run->count);
    file = fopen(path, "re");
    if (!file || fscanf(file, "%d\n", &run->stop_signal) != 1) {
        fprintf(stderr, "sampler: cannot read '%s'\n", path);
        exit(1);
    }
    while (words < WORDS_MAX && fgets(run->words[words], WORD_SIZE, file)) {
        if ((end = strchr(run->words[words], '\n')))
            *end = '\0';
        run->argv[words] = run->words[words];
        words++;
    }
    (void)fclose(file);
}

static void prepare(struct run *run, const char *work, const char *name, int count)
{
    char path[WORD_SIZE + 32];
    int fd;

    *run = (struct run){ .name = name, .count = count, .agent = -1 };
    run->is_claimed = strcmp(name, "reeve") == 0 || strcmp(name, "floor") == 0;
    read_command(run, work);
    snprintf(run->log_path, sizeof(run->log_path), "%s/%s.log", work, name);
    snprintf(path, sizeof(path), "%s/%s.board", work, name);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || fchmod(fd, 0666) < 0 || ftruncate(fd, sizeof(struct board)) < 0 ||
        !(run->board = board_map(path))) {
        fprintf(stderr, "sampler: cannot make '%s': %s\n", path, strerror(errno));
        exit(1);
    }
    (void)close(fd);
}

static bool wait_begun(struct run *run, uint32_t wanted)
{
    int64_t end_ns = now_ns() + (int64_t)WAIT_S * 1000000000;
    struct timespec second = { .tv_sec = 1 };
    uint32_t begun;

    while ((begun = run->board->begun) < wanted && now_ns() < end_ns)
        (void)syscall(SYS_futex, &run->board->begun, FUTEX_WAIT, begun, &second, NULL, 0);
    return begun >= wanted;
}

/* From the exec of PID 1, so with all that it reads and prepares, to the first service and the
 * last.
 */
static void report_begins(const struct run *run)
{
    int64_t first_ns = INT64_MAX, last_ns = 0;

    for (int i = 0; i < run->count; i++) {
        int64_t begun_ns = run->board->slots[i].begun_ns;

        first_ns = begun_ns < first_ns ? begun_ns : first_ns;
        last_ns = begun_ns > last_ns ? begun_ns : last_ns;
    }
    row(run, "first", (first_ns - run->board->exec_ns) / 1000);
    row(run, "up", (last_ns - run->board->exec_ns) / 1000);
}

static bool start(struct run *run)
{
    memset(run->board, 0, sizeof(*run->board));
    run->board->awaited = (uint32_t)run->count;
    run->pid1 = enter_container(run->argv, run->log_path, run->board);
    if (run->pid1 < 0) {
        fprintf(stderr, "sampler: cannot start %s: %s\n", run->name, strerror(-run->pid1));
        exit(1);
    }
    if (wait_begun(run, (uint32_t)run->count))
        return true;
    fprintf(stderr, "sampler: %s has %u of %d services up after %d s, see %s\n", run->name,
            run->board->begun, run->count, WAIT_S, run->log_path);
    return false;
}

/* --- the agent: a process inside that kills, as a person with `podman exec` would --- */

static _Noreturn void agent(struct board *board, int fd)
{
    struct order order;

    while (read(fd, &order, sizeof(order)) == (ssize_t)sizeof(order)) {
        board->killed_ns = now_ns();
        (void)kill(order.pid, order.signal);
    }
    _exit(0);
}

static int namespace_of(pid_t pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void send_agent(struct run *run)
{
    int own = namespace_of(getpid()), inner = namespace_of(run->pid1), ends[2];
    pid_t pid = -1;

    if (own >= 0 && inner >= 0 && pipe2(ends, O_CLOEXEC) == 0 && setns(inner, CLONE_NEWPID) == 0)
        pid = fork();
    if (pid == 0)
        agent(run->board, ends[0]);
    if (pid < 0 || setns(own, CLONE_NEWPID) < 0) {
        perror("sampler: cannot send an agent");
        exit(1);
    }
    (void)close(ends[0]);
    (void)close(own);
    (void)close(inner);
    run->agent = ends[1];
    run->agent_pid = pid;
}

/* The kernel ends a PID 1 only when everybody in its namespace has been reaped, also by us. */
static void recall_agent(struct run *run)
{
    (void)close(run->agent);
    run->agent = -1;
    (void)kill(run->agent_pid, SIGKILL);
    (void)waitpid(run->agent_pid, NULL, 0);
}

static void order(struct run *run, pid_t pid, int signal)
{
    struct order order = { .pid = pid, .signal = signal };

    (void)!write(run->agent, &order, sizeof(order));
}

/* --- measuring --- */

/* From the kill until the service's next process is in its main(). */
static void measure_restart(struct run *run, int number)
{
    struct board_slot *slot = &run->board->slots[number % run->count];
    uint32_t wanted = run->board->begun + 1;

    run->board->awaited = wanted;
    order(run, slot->pid, SIGKILL);
    row(run, "restart",
        wait_begun(run, wanted) ? (slot->begun_ns - run->board->killed_ns) / 1000 : -1);
}

/* From the first fork until PID 1 has no child more than before. */
static void measure_orphans(struct run *run)
{
    int64_t end_ns = now_ns() + (int64_t)ORPHANS_WAIT_S * 1000000000;
    struct timespec poll_time = { .tv_nsec = POLL_US * 1000 };
    long before = proc_children(run->pid1);
    uint32_t stormed = run->board->stormed;

    order(run, run->board->slots[0].pid, SIGUSR1);
    while (now_ns() < end_ns &&
           (run->board->stormed == stormed || proc_children(run->pid1) > before))
        (void)nanosleep(&poll_time, NULL);
    row(run, "orphans", (now_ns() - run->board->storm_ns) / 1000);
    row(run, "orphans-left", proc_children(run->pid1) - before);
}

static void measure_memory(struct run *run)
{
    row(run, "pss", proc_figures(run->pid1).pss_kb);
    row(run, "pss-all", proc_namespace_figures(run->pid1, not_supervision).pss_kb);
}

static void stop(struct run *run)
{
    int fd = (int)syscall(SYS_pidfd_open, run->pid1, 0);
    struct pollfd poller = { .fd = fd, .events = POLLIN };
    int64_t begin_ns;
    bool is_over;

    recall_agent(run);
    begin_ns = now_ns();
    (void)kill(run->pid1, run->stop_signal);
    is_over = poll(&poller, 1, WAIT_S * 1000) > 0;
    if (!is_over)
        (void)kill(run->pid1, SIGKILL);
    (void)waitpid(run->pid1, NULL, 0);
    row(run, "stop", is_over ? (now_ns() - begin_ns) / 1000 : -1);
    row(run, "told", run->board->told);
    (void)close(fd);
}

/* --- the phases --- */

static void measure_idleness(struct run *runs, int programs)
{
    struct proc_figures one[PROGRAMS_MAX], all[PROGRAMS_MAX];

    for (int i = 0; i < programs; i++) {
        one[i] = proc_figures(runs[i].pid1);
        all[i] = proc_namespace_figures(runs[i].pid1, not_supervision);
    }
    pause_ms(IDLE_S * 1000);
    for (int i = 0; i < programs; i++) {
        row(&runs[i], "wakeups", proc_figures(runs[i].pid1).switches - one[i].switches);
        row(&runs[i], "wakeups-all",
            proc_namespace_figures(runs[i].pid1, not_supervision).switches - all[i].switches);
    }
}

static void few(struct run *runs, int programs, int rounds)
{
    for (int i = 0; i < programs; i++) {
        if (!start(&runs[i]))
            exit(1);
        send_agent(&runs[i]);
    }
    pause_ms(STEADY_MS);
    for (int i = 0; i < programs; i++)
        measure_memory(&runs[i]);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < programs * runs[0].count; i++)
            measure_restart(&runs[(i + round) % programs], i / programs);
        pause_ms(STEADY_MS);
    }
    for (int i = 0; i < programs * ORPHAN_ROUNDS; i++)
        if (i < programs || runs[i % programs].is_claimed)
            measure_orphans(&runs[i % programs]);
    pause_ms(STEADY_MS);
    measure_idleness(runs, programs);
    for (int i = 0; i < programs; i++)
        stop(&runs[i]);
}

static void one_of_many(struct run *run, int round)
{
    run->has_failed = !start(run);
    if (run->has_failed)
        row(run, "up", -1);
    else
        report_begins(run);
    send_agent(run);
    pause_ms(STEADY_MS);
    if (round < MEMORY_ROUNDS && !run->has_failed)
        measure_memory(run);
    for (int i = 0; i < RESTARTS && !run->has_failed; i++)
        measure_restart(run, i * run->count / RESTARTS);
    stop(run);
}

static void many(struct run *runs, int programs, int rounds)
{
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < programs; i++) {
            struct run *run = &runs[(i + round) % programs];

            if (run->is_claimed || (round % PEERS_EVERY == 0 && !run->has_failed))
                one_of_many(run, round);
        }
}

int main(int argc, char **argv)
{
    static struct run runs[PROGRAMS_MAX];
    int programs = argc - 5;

    if (programs < 1 || programs > PROGRAMS_MAX || atoi(argv[3]) > BOARD_SLOTS) {
        fprintf(stderr, "usage: sampler WORK few|many COUNT ROUNDS PROGRAM...\n");
        return 2;
    }
    phase = argv[2];
    raise_descriptor_limit();
    for (int i = 0; i < programs; i++)
        prepare(&runs[i], argv[1], argv[5 + i], atoi(argv[3]));
    if (strcmp(phase, "many") == 0)
        many(runs, programs, atoi(argv[4]));
    else
        few(runs, programs, atoi(argv[4]));
    return 0;
}
