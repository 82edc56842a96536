/*
 * For tests/shell/sandbox.sh: starts a command as PID 1 would start a service with these
 * directives.
 *
 *   tool_sandbox [OPTION…] -- COMMAND [ARGUMENT…]
 *   tool_sandbox [OPTION…] --latency ROUNDS      from fork to exec, with and without the plan
 *
 * Options: --line DIRECTIVE=VALUE (of [Service], read as in a unit file), --protect-system
 * no|yes|full|strict, --read-write PATH, --read-only PATH, --inaccessible PATH,
 * --own PATH, --restrict-namespaces, --lock-personality, --native, --deny-any, --allow-tcp PORT,
 * --degrade,
 * --no-landlock (as if the kernel had none), --no-mounts (as if there were no namespaces), --user
 * UID (root only), --private DIRECTORY (of PrivateTmp=), --seal NUMBER, --verdicts (print them
 * first).
 */

#include "sandbox/apply.h"
#include "sandbox/seal.h"
#include "tests/unit/loader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIST_MAX = 8, ROUNDS_MAX = 2000, EXIT_USAGE = 2, EXIT_NOT_STARTED = 125 };

struct list {
    char *items[LIST_MAX + 1];
    size_t count;
};

struct job {
    struct unit_spec spec;
    struct sandbox_abilities abilities;
    struct sandbox_context context;
    struct sandbox_identity identity;
    struct list read_write, read_only, inaccessible, own;
    struct socket_bind deny, allow;
    bool print_verdicts;
    int rounds;
    char **command;
};

static void report(void *context, const struct problem *problem)
{
    char text[1024];

    (void)context;
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

static bool add(struct list *list, char *item)
{
    if (!item || list->count == LIST_MAX)
        return false;
    list->items[list->count++] = item;
    return true;
}

static bool parse_protect_system(struct job *job, const char *value)
{
    static const char *const names[] = { "no", "yes", "full", "strict" };

    for (size_t i = 0; value && i < ARRAY_SIZE(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            job->spec.exec.protect_system = (enum protect_system)i;
            return true;
        }
    }
    return false;
}

static bool allow_port(struct job *job, const char *value)
{
    if (!value)
        return false;
    job->allow.tcp = true;
    job->allow.port = job->allow.port_last = (uint16_t)strtoul(value, NULL, 10);
    job->spec.exec.socket_bind_allow = &job->allow;
    return true;
}

/* User=, as PID 1 has looked it up. */
static bool become(struct job *job, const char *value)
{
    if (!value)
        return false;
    job->identity = (struct sandbox_identity){
        .has_uid = true,
        .has_gid = true,
        .has_groups = true,
        .uid = (uid_t)strtoul(value, NULL, 10),
        .gid = (gid_t)strtoul(value, NULL, 10),
    };
    job->context.identity = &job->identity;
    job->spec.exec.user = value;
    return true;
}

/* Options without a value: true when the word is one. */
static bool parse_switch(struct job *job, const char *word)
{
    struct exec_spec *exec = &job->spec.exec;

    if (strcmp(word, "--restrict-namespaces") == 0) {
        exec->restrict_namespaces.refused = NAMESPACE_ALL;
    } else if (strcmp(word, "--lock-personality") == 0) {
        exec->lock_personality = true;
    } else if (strcmp(word, "--native") == 0) {
        exec->system_call_architectures = 1U << ARCHITECTURE_NATIVE;
    } else if (strcmp(word, "--deny-any") == 0) {
        job->deny = (struct socket_bind){ .any_protocol = true, .any_port = true };
        exec->socket_bind_deny = &job->deny;
    } else if (strcmp(word, "--degrade") == 0) {
        job->spec.sandbox_policy = SANDBOX_DEGRADE;
    } else if (strcmp(word, "--no-landlock") == 0) {
        job->abilities.landlock_abi = 0;
        job->abilities.landlock_errno = 38;
    } else if (strcmp(word, "--no-mounts") == 0) {
        job->abilities.mount_namespace = job->abilities.user_namespace = false;
    } else if (strcmp(word, "--verdicts") == 0) {
        job->print_verdicts = true;
    } else {
        return false;
    }
    return true;
}

static bool parse_value(struct job *job, const char *word, char *value)
{
    if (strcmp(word, "--line") == 0)
        return value; /* load_lines() has read it */
    if (strcmp(word, "--protect-system") == 0)
        return parse_protect_system(job, value);
    if (strcmp(word, "--read-write") == 0)
        return add(&job->read_write, value);
    if (strcmp(word, "--read-only") == 0)
        return add(&job->read_only, value);
    if (strcmp(word, "--inaccessible") == 0)
        return add(&job->inaccessible, value);
    if (strcmp(word, "--own") == 0)
        return add(&job->own, value);
    if (strcmp(word, "--allow-tcp") == 0)
        return allow_port(job, value);
    if (strcmp(word, "--user") == 0)
        return become(job, value);
    if (strcmp(word, "--private") == 0) {
        job->context.private_directory = value;
        return value;
    }
    if (strcmp(word, "--seal") == 0 && value)
        job->context.seal = seal_make(1, (uint32_t)strtoul(value, NULL, 10));
    else if (strcmp(word, "--latency") == 0 && value)
        job->rounds = (int)strtol(value, NULL, 10);
    else
        return false;
    return true;
}

static bool parse(struct job *job, char **words)
{
    for (; *words && strcmp(*words, "--") != 0; words++) {
        if (parse_switch(job, *words))
            continue;
        if (!parse_value(job, words[0], words[1])) {
            fprintf(stderr, "tool_sandbox: wrong option '%s'\n", words[0]);
            return false;
        }
        words++;
    }
    job->command = *words ? words + 1 : words;
    return job->rounds > 0 ? job->rounds <= ROUNDS_MAX : *job->command != NULL;
}

/* The unit that all --line make; its memory lives as long as we do. */
static bool load_lines(struct job *job, char **words)
{
    static struct unit_set set;
    static struct loader_problems problems;
    static char text[8192] = "[Service]\nExecStart=/bin/true\n";
    size_t length = strlen(text);

    for (; *words && strcmp(*words, "--") != 0; words++) {
        if (strcmp(*words, "--line") == 0 && words[1])
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%s\n", words[1]);
        if (length >= sizeof(text))
            return false;
    }
    loader_problems_init(&problems);
    if (unit_set_init(&set, &loader_roots) < 0 ||
        loader_add(&set, "tool.service", text, &problems) < 0) {
        fputs(problems.text, stderr);
        return false;
    }
    fputs(problems.text, stderr);
    job->spec = *set.specs[0];
    return true;
}

static void print_verdicts(const struct sandbox_plan *plan)
{
    size_t count;
    const struct sandbox_verdict *verdicts = sandbox_plan_verdicts(plan, &count);

    for (size_t i = 0; i < count; i++)
        printf("%s=%s: %s by %s%s%s\n", verdicts[i].directive, verdicts[i].asked,
               sandbox_strength_name(verdicts[i].strength),
               sandbox_mechanism_name(verdicts[i].mechanism), verdicts[i].reason[0] ? ": " : "",
               verdicts[i].reason);
    fflush(stdout);
}

/* `plan` may be NULL: then the bare fork and exec, to compare with. */
static _Noreturn void become_command(const struct sandbox_plan *plan, char **command)
{
    struct stage_failure failure;

    if (plan && (sandbox_apply_seal(plan, 0, &failure) < 0 ||
                 sandbox_apply_command(plan, SANDBOX_ALL, &failure) < 0 ||
                 sandbox_apply_filter(plan, &failure) < 0))
        _exit(stage_exit_status(failure.stage));
    execvp(command[0], command);
    _exit(127);
}

static int await_end(pid_t pid)
{
    int status;

    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return EXIT_NOT_STARTED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const struct sandbox_plan *plan, char **command)
{
    pid_t pid = sandbox_fork(plan, SANDBOX_ALL);

    if (pid == 0)
        become_command(plan, command);
    return await_end(pid);
}

/* The exec closes the pipe. */
static long run_timed(const struct sandbox_plan *plan)
{
    static char *command[] = { "/bin/true", NULL };
    struct timespec begin, end;
    int ends[2];
    char none;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        exit(EXIT_NOT_STARTED);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid = plan ? sandbox_fork(plan, SANDBOX_ALL) : fork();
    if (pid == 0)
        become_command(plan, command);
    close(ends[1]);
    (void)!read(ends[0], &none, 1);
    clock_gettime(CLOCK_MONOTONIC, &end);
    close(ends[0]);
    if (await_end(pid) != 0)
        exit(EXIT_NOT_STARTED);
    return (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000;
}

static int compare(const void *one, const void *other)
{
    long left = *(const long *)one, right = *(const long *)other;

    return (left > right) - (left < right);
}

static void print_times(const char *name, long *times, int count)
{
    qsort(times, (size_t)count, sizeof(*times), compare);
    printf("%s: p10 %ld us, median %ld us, p90 %ld us\n", name, times[count / 10], times[count / 2],
           times[count * 9 / 10]);
}

/* Interleaved, because the machine is shared. */
static int measure(const struct sandbox_plan *plan, int rounds)
{
    static long bare[ROUNDS_MAX], planned[ROUNDS_MAX];

    for (int i = 0; i < rounds; i++) {
        bare[i] = run_timed(NULL);
        planned[i] = run_timed(plan);
    }
    print_times("bare", bare, rounds);
    print_times("with the plan", planned, rounds);
    return 0;
}

int main(int count, char **words)
{
    struct job job = { 0 };
    struct problem_sink sink = { .report = report };
    struct sandbox_plan *plan = NULL;
    int r;

    (void)count;
    if (sandbox_abilities_probe(&job.abilities) < 0 || !load_lines(&job, words + 1) ||
        !parse(&job, words + 1))
        return EXIT_USAGE;
    if (job.read_write.count)
        job.spec.exec.read_write_paths = job.read_write.items;
    if (job.read_only.count)
        job.spec.exec.read_only_paths = job.read_only.items;
    if (job.inaccessible.count)
        job.spec.exec.inaccessible_paths = job.inaccessible.items;
    job.context.own_paths = job.own.items;
    job.context.abilities = &job.abilities;
    job.context.uid = getuid();
    job.context.gid = getgid();
    if (sandbox_plan_make(&job.spec, &job.context, &sink, &plan) < 0)
        return EXIT_NOT_STARTED;
    if (job.print_verdicts)
        print_verdicts(plan);
    r = job.rounds ? measure(plan, job.rounds) : run(plan, job.command);
    sandbox_plan_free(plan);
    return r;
}
