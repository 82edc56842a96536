/*
 * starts ROUNDS STAMP <CONTENDERS: how long it takes from fork to the first line of a program, in
 * what others make around it (README.md beside this file). STAMP is the program (stamp.c).
 *
 * A line of CONTENDERS is "NAME|plan|LINE;LINE…", a child of ours as PID 1 would start it with
 * these lines of [Service], or "NAME|command|WORD WORD…", which gets STAMP as its last word. All
 * take turns in each round. Prints for each "NAME MEDIAN QUARTILE QUARTILE LOWEST HIGHEST SAMPLES
 * OWN ALL" in microseconds; OWN is the median of what the process itself took of the processors
 * until then, ALL of what it and its children did until their end.
 */

#include "sandbox/apply.h"
#include "sandbox/mounts.h"
#include "sandbox/network.h"
#include "sandbox/userns.h"
#include "tests/unit/loader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTENDERS_MAX = 16, ROUNDS_MAX = 1000, WORDS_MAX = 64, LINE_SIZE = 4096, EXIT_USAGE = 2 };

struct contender {
    char line[LINE_SIZE];
    char *name;
    char *words[WORDS_MAX + 2]; /* of a command, or STAMP alone */
    struct sandbox_plan *plan;  /* NULL: a command */
    long long wall[ROUNDS_MAX], own[ROUNDS_MAX], all[ROUNDS_MAX];
};

static struct contender contenders[CONTENDERS_MAX];

static void report(void *context, const struct problem *problem)
{
    char text[LINE_SIZE];

    (void)context;
    if (problem->level == PROBLEM_NOTE)
        return;
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

static _Noreturn void fail(const char *what, const char *whose)
{
    fprintf(stderr, "starts: %s: %s\n", whose, what);
    exit(EXIT_USAGE);
}

/* --- contenders --- */

#define UNIT "starts.service"

/* As PID 1 makes them before each start of a unit with PrivateTmp=. */
static char private_directory[] = "/tmp/starts.XXXXXX";
static const char *const private_directories[] = { "/" UNIT, "/" UNIT "/tmp", "/" UNIT "/var-tmp" };

static void each_private_directory(int (*act)(const char *path), bool is_reverse)
{
    const size_t count = ARRAY_SIZE(private_directories);

    for (size_t i = 0; i < count; i++) {
        char path[64];

        snprintf(path, sizeof(path), "%s%s", private_directory,
                 private_directories[is_reverse ? count - 1 - i : i]);
        (void)!act(path);
    }
}

static int make_directory(const char *path)
{
    return mkdir(path, 0700);
}

static int open_namespace(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* As PID 1 has it done for each unit when it loads them. */
static void make_namespaces(const struct sandbox_wanted_namespaces *wanted,
                            struct made_namespaces *ret_made)
{
    char byte = 0;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("no pipe", "namespaces");
    pid = fork();
    if (pid == 0) {
        struct userns_maps maps;

        userns_maps_init(&maps, wanted->uid, wanted->gid);
        if (userns_make(&maps) < 0 || (wanted->network && network_make() < 0) ||
            write(ends[1], &byte, 1) != 1)
            _exit(EXIT_USAGE);
        (void)pause();
    }
    close(ends[1]);
    if (read(ends[0], &byte, 1) != 1)
        fail("cannot be made in advance", "namespaces");
    close(ends[0]);
    ret_made->user = open_namespace(pid, "user");
    ret_made->network = wanted->network ? open_namespace(pid, "net") : -1;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (ret_made->user < 0 || (wanted->network && ret_made->network < 0))
        fail("cannot be had in advance", "namespaces");
}

static void plan(struct contender *contender, char *lines)
{
    static struct sandbox_abilities abilities;
    struct sandbox_context context = { .abilities = &abilities,
                                       .uid = getuid(),
                                       .gid = getgid(),
                                       .private_directory = private_directory };
    struct problem_sink sink = { .report = report };
    struct loader_problems problems;
    struct unit_set set; /* is kept: the plan is for as long as we live */
    char text[LINE_SIZE + 64];
    struct sandbox_wanted_namespaces wanted;
    int length = snprintf(text, sizeof(text), "[Service]\nExecStart=/bin/true\n%s\n", lines);

    for (int i = 0; i < length; i++)
        text[i] = text[i] == ';' ? '\n' : text[i];
    loader_problems_init(&problems);
    if (sandbox_abilities_probe(&abilities) < 0 || unit_set_init(&set, &loader_roots) < 0 ||
        loader_add(&set, UNIT, text, &problems) < 0 ||
        sandbox_plan_make(set.specs[0], &context, &sink, &contender->plan) < 0)
        fail("there is no such plan here", contender->name);
    if (sandbox_plan_wants_namespaces(contender->plan, &wanted))
        make_namespaces(&wanted, sandbox_plan_namespaces(contender->plan));
}

static void add(struct contender *contender, char *stamp)
{
    char *rest = contender->line, *kind, *what, *word;
    size_t count = 0;

    contender->name = strsep(&rest, "|");
    kind = strsep(&rest, "|");
    what = rest ? rest : "";
    if (kind && strcmp(kind, "plan") == 0)
        plan(contender, what);
    else
        for (word = strtok_r(what, " ", &rest); word && count < WORDS_MAX;
             word = strtok_r(NULL, " ", &rest))
            contender->words[count++] = word;
    contender->words[count] = stamp;
}

/* --- one start --- */

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static _Noreturn void become(const struct contender *contender, int out)
{
    struct stage_failure failure = { .stage = STAGE_EXEC };

    if (dup2(out, STDOUT_FILENO) < 0)
        _exit(EXIT_USAGE);
    if (contender->plan && (sandbox_apply_command(contender->plan, SANDBOX_ALL, &failure) < 0 ||
                            sandbox_apply_filter(contender->plan, &failure) < 0))
        _exit(stage_exit_status(failure.stage));
    (void)execvp(contender->words[0], contender->words);
    _exit(stage_exit_status(STAGE_EXEC));
}

static long long of_processors(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000LL + usage->ru_utime.tv_usec +
           usage->ru_stime.tv_usec;
}

static void start(struct contender *contender, int round)
{
    struct rusage usage;
    long long begin, stamp[2];
    int ends[2], status;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("no pipe", contender->name);
    begin = now();
    pid = fork();
    if (pid == 0)
        become(contender, ends[1]);
    close(ends[1]);
    if (read(ends[0], stamp, sizeof(stamp)) != (ssize_t)sizeof(stamp) ||
        wait4(pid, &status, 0, &usage) != pid || status != 0)
        fail("the program did not run", contender->name);
    close(ends[0]);
    contender->wall[round] = (stamp[0] - begin) / 1000;
    contender->own[round] = stamp[1] / 1000;
    contender->all[round] = of_processors(&usage);
}

/* --- what came out --- */

static int compare(const void *one, const void *other)
{
    long long left = *(const long long *)one, right = *(const long long *)other;

    return (left > right) - (left < right);
}

static void print(struct contender *contender, size_t rounds)
{
    const long long *wall = contender->wall;

    qsort(contender->wall, rounds, sizeof(*contender->wall), compare);
    qsort(contender->own, rounds, sizeof(*contender->own), compare);
    qsort(contender->all, rounds, sizeof(*contender->all), compare);
    printf("%s %lld %lld %lld %lld %lld %zu %lld %lld\n", contender->name, wall[rounds / 2],
           wall[rounds / 4], wall[rounds * 3 / 4], wall[0], wall[rounds - 1], rounds,
           contender->own[rounds / 2], contender->all[rounds / 2]);
}

int main(int argc, char **argv)
{
    int rounds = argc == 3 ? atoi(argv[1]) : 0;
    size_t count = 0;

    if (rounds <= 0 || rounds > ROUNDS_MAX)
        fail("starts ROUNDS STAMP <CONTENDERS", "usage");
    if (!mkdtemp(private_directory))
        fail("no directory", private_directory);
    each_private_directory(make_directory, false);
    while (count < CONTENDERS_MAX && fgets(contenders[count].line, LINE_SIZE, stdin)) {
        contenders[count].line[strcspn(contenders[count].line, "\n")] = '\0';
        add(&contenders[count], argv[2]);
        count++;
    }
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < count; i++)
            start(&contenders[i], round);
    for (size_t i = 0; i < count; i++)
        print(&contenders[i], (size_t)rounds);
    each_private_directory(rmdir, true);
    return rmdir(private_directory) < 0;
}
