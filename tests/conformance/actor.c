/*
 * The process that the units of the conformance cases run: `actor LABEL STEP...` does the steps in
 * their order and tells what happens to it in the file `trace` beside its own program, a line per
 * event ("a.main start", "a.main got TERM"). It is one static program without threads, so that the
 * same bytes run below systemd in a container and below reeve.
 *
 *   exit N            ends with status N
 *   die SIGNAL        dies of the signal by itself (a core dump goes beside the program)
 *   wait, stay MS     stays until a signal ends it, or for this while at most
 *   on SIGNAL ACTION  what a signal that was told does from now on: `log` (nothing more), `die` (as
 *                     without a handler; the default of TERM, INT, HUP, QUIT, USR1, USR2, ALRM),
 *                     `exit=N`, `alarm=MS` (SIGALRM after this while) or `go` (ends the `wait`: the
 *                     steps after it follow). CONT is told only when it is named here, since
 *                     whether a process that TERM ends still sees it is a race.
 *   notify TEXT       sends TEXT to $NOTIFY_SOCKET: + stands for a line end, ~XX for the byte with
 *                     these hexadecimal digits, @now for the time (CLOCK_MONOTONIC, microseconds),
 *                     @self for the own pid, @LABEL for the pid
 *                     of that process; `ready` is `notify READY=1`
 *   fdstore TEXT      the same with a descriptor of a file; `fdsend KIND TEXT` with one or more:
 *                     `file`, `two` files, always the `same` file, a pipe whose other end is
 *                     `open`, or `gone`
 *   padded N TEXT     the same, N bytes long: lines of X come before the TEXT
 *   drop              becomes an ordinary user, if it is root
 *   sync              sends BARRIER=1 and waits until all that was sent before is dealt with
 *   ping N MS         N times WATCHDOG=1, with this time after each
 *   linger MS         a while passes
 *   say WORD          tells the word
 *   env NAME          tells the variable
 *   envset NAME       tells only whether there is such a variable
 *   who NAME          tells which process of the case the pid in the variable is
 *   fds               tells the descriptors handed down
 *   credentials       tells what is in $CREDENTIALS_DIRECTORY: modes, names, texts
 *   args WORD...      tells all words that follow, one by one
 *   pidfile FILE      writes the own pid into the file beside the program
 *   touch FILE        makes that file; `remove FILE` removes it
 *   fork LABEL STEP... end     a child that does these steps; goes on when the child waits or ended
 *   daemon LABEL STEP... end   the same in a session of its own, left by its parent
 *   detach            lets the parent go on now
 *   run N STEP... end          these steps only when it is the N-th time that this label starts
 *   barrier FILE      waits until the file beside the program exists
 *
 * The file `processes` there says for each process "PID LABEL", "PID barrier FILE" and, once
 * nothing more happens by itself, "PID waits": the harness sees from it whether all has come to
 * rest. The file `times` has the milliseconds (CLOCK_MONOTONIC) of each event of the trace.
 */
#include "tests/conformance/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ORDINARY_USER = 1001, USAGE = 99 };

enum reaction { REACT_NOT, REACT_LOG, REACT_DIE, REACT_EXIT, REACT_ALARM, REACT_GO };

struct actor {
    const char *label;
    enum reaction reactions[NSIG];
    int operands[NSIG]; /* of REACT_EXIT and REACT_ALARM */
    sigset_t caught;
    rlim_t core; /* that of the unit */
};

static const int fatal[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM };

void fail(const char *what)
{
    fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
    _exit(USAGE);
}

/* One write per line: lines of processes that tell at the same time stay whole. */
static void append(const char *file, const char *line)
{
    size_t length = strlen(line);
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

    if (fd < 0 || write(fd, line, length) != (ssize_t)length)
        fail(file);
    close(fd);
}

unsigned long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
}

void tell(const struct actor *actor, const char *what, const char *detail)
{
    char line[LINE_SIZE * 2], timed[LINE_SIZE * 2 + 32];

    snprintf(line, sizeof(line), "%s %s%s\n", actor->label, what, detail);
    snprintf(timed, sizeof(timed), "%llu %s", now_us() / 1000, line);
    append("times", timed);
    append("trace", line);
}

static void tell_process(const char *what)
{
    char line[LINE_SIZE * 2];

    snprintf(line, sizeof(line), "%d %s\n", (int)getpid(), what);
    append("processes", line);
}

static int signal_of(const char *name)
{
    for (int number = 1; number < NSIG; number++)
        if (sigabbrev_np(number) && strcmp(sigabbrev_np(number), name) == 0)
            return number;
    errno = EINVAL;
    fail(name);
    return 0;
}

static void die_of(int number)
{
    sigset_t set;

    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _exit(USAGE);
}

/* --- signals: all that are caught stay blocked and are taken one by one --- */

/* True if the steps after `wait` follow. */
static bool react(const struct actor *actor, int number)
{
    tell(actor, "got ", sigabbrev_np(number));
    switch (actor->reactions[number]) {
    case REACT_NOT:
    case REACT_LOG:
        return false;
    case REACT_GO:
        return true;
    case REACT_DIE:
        die_of(number);
        break;
    case REACT_EXIT:
        _exit(actor->operands[number]);
    case REACT_ALARM:
        ualarm((useconds_t)actor->operands[number] * 1000, 0);
        break;
    }
    return false;
}

static void stay(const struct actor *actor, int milliseconds)
{
    unsigned long long end_us = now_us() + (unsigned long long)milliseconds * 1000;

    for (long long left_us; (left_us = (long long)(end_us - now_us())) > 0;) {
        struct timespec left = { left_us / 1000000, left_us % 1000000 * 1000 };
        int number = sigtimedwait(&actor->caught, NULL, &left);

        /* The harness takes the process for one that works as soon as the event is in the trace. */
        if (number > 0 && actor->reactions[number] == REACT_GO)
            tell_process("works");
        if (number > 0 && react(actor, number))
            return;
    }
}

static void catch (struct actor *actor, int number, enum reaction reaction, int operand)
{
    actor->reactions[number] = reaction;
    actor->operands[number] = operand;
    sigaddset(&actor->caught, number);
    sigprocmask(SIG_BLOCK, &actor->caught, NULL);
}

static void step_on(struct actor *actor, const char *name, const char *action)
{
    if (strcmp(action, "log") == 0)
        catch (actor, signal_of(name), REACT_LOG, 0);
    else if (strcmp(action, "die") == 0)
        catch (actor, signal_of(name), REACT_DIE, 0);
    else if (strcmp(action, "go") == 0)
        catch (actor, signal_of(name), REACT_GO, 0);
    else if (strncmp(action, "exit=", 5) == 0)
        catch (actor, signal_of(name), REACT_EXIT, atoi(action + 5));
    else if (strncmp(action, "alarm=", 6) == 0)
        catch (actor, signal_of(name), REACT_ALARM, atoi(action + 6));
    else
        fail(action);
}

/* --- what other processes of the case have told --- */

pid_t pid_of(const char *label)
{
    char line[LINE_SIZE], word[LINE_SIZE];
    FILE *processes = fopen("processes", "re");
    pid_t pid = 0;
    int each;

    if (!processes)
        fail("processes");
    while (fgets(line, sizeof(line), processes))
        if (sscanf(line, "%d %1023s", &each, word) == 2 && strcmp(word, label) == 0)
            pid = each;
    fclose(processes);
    return pid;
}

/* The first word that a process tells is its label. */
static void label_of(pid_t pid, char word[static LINE_SIZE])
{
    char line[LINE_SIZE];
    FILE *processes = fopen("processes", "re");
    int each;

    if (!processes)
        fail("processes");
    snprintf(word, LINE_SIZE, "somebody");
    while (fgets(line, sizeof(line), processes))
        if (sscanf(line, "%d", &each) == 1 && each == pid) {
            sscanf(line, "%*d %1023s", word);
            break;
        }
    fclose(processes);
}

static int earlier_starts(const char *label)
{
    char line[LINE_SIZE], wanted[LINE_SIZE];
    FILE *trace = fopen("trace", "re");
    int count = 0;

    if (!trace)
        fail("trace");
    snprintf(wanted, sizeof(wanted), "%s start\n", label);
    while (fgets(line, sizeof(line), trace))
        count += strcmp(line, wanted) == 0;
    fclose(trace);
    return count;
}

static void step_drop(void)
{
    if (geteuid() == 0 && (setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) < 0 ||
                           setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) < 0))
        fail("drop");
}

static void step_linger(int milliseconds)
{
    struct timespec left = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static void step_ping(int count, int milliseconds)
{
    for (; count > 0; count--) {
        notify("WATCHDOG=1");
        step_linger(milliseconds);
    }
}

/* --- steps that tell --- */

static void tell_variable(const struct actor *actor, const char *name)
{
    char line[LINE_SIZE];
    const char *value = getenv(name);

    snprintf(line, sizeof(line), "%s%s%s", name, value ? "=" : " is not set", value ? value : "");
    tell(actor, line, "");
}

static void tell_who(const struct actor *actor, const char *name)
{
    char line[LINE_SIZE * 2], label[LINE_SIZE];
    const char *value = getenv(name);

    snprintf(label, sizeof(label), "nobody");
    if (value)
        label_of(atoi(value), label);
    snprintf(line, sizeof(line), "%s is %s", name, label);
    tell(actor, line, "");
}

/* Names that are the same come in any order, so they are told with how many there are. */
static void tell_descriptors(const struct actor *actor)
{
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
    int open_ones = 0;

    tell_variable(actor, "LISTEN_FDS");
    tell_variable(actor, "LISTEN_FDNAMES");
    if (!count || !pid)
        return;
    for (int fd = 3; fd < 3 + atoi(count); fd++)
        open_ones += fcntl(fd, F_GETFD) >= 0;
    tell(actor, open_ones == atoi(count) ? "all open" : "not all open",
         atoi(pid) == (int)getpid() ? ", mine" : ", not mine");
}

static void barrier(const char *file)
{
    char buffer[LINE_SIZE];
    int fd = inotify_init1(IN_CLOEXEC);

    if (fd < 0 || inotify_add_watch(fd, ".", IN_CREATE) < 0)
        fail("inotify");
    snprintf(buffer, sizeof(buffer), "barrier %s", file);
    tell_process(buffer);
    while (access(file, F_OK) < 0)
        if (read(fd, buffer, sizeof(buffer)) < 0 && errno != EINTR)
            fail("inotify");
    tell_process("works");
    close(fd);
}

static void write_pid(const char *file)
{
    char line[32];

    snprintf(line, sizeof(line), "%d\n", (int)getpid());
    unlink(file);
    append(file, line);
}

static char **after_end(char **step)
{
    int depth = 1;

    for (; *step; step++) {
        if (strcmp(*step, "fork") == 0 || strcmp(*step, "daemon") == 0 || strcmp(*step, "run") == 0)
            depth++;
        if (strcmp(*step, "end") == 0 && --depth == 0)
            return step + 1;
    }
    return step;
}

static void perform(struct actor *actor, char **step);

/* Processes that dump core at the same time spoil each other's file: only main processes do. */
static void limit_core(const struct actor *actor)
{
    const char *kind = strrchr(actor->label, '.');
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) < 0)
        fail("core");
    limit.rlim_cur = !kind || strcmp(kind, ".main") == 0 ? actor->core : 0;
    if (setrlimit(RLIMIT_CORE, &limit) < 0)
        fail("core");
}

static void begin(struct actor *actor, const char *label)
{
    actor->label = label;
    limit_core(actor);
    tell_process(label);
    tell(actor, "start", "");
}

/* Empty: the parent was let go, and it still is a child. */
static void let_parent_go(void)
{
    const char *holds = getenv("ACTOR_HOLDS");

    if (holds && *holds) {
        close(*holds - '0');
        setenv("ACTOR_HOLDS", "", 1);
    }
}

/* Goes on only when the service manager is the parent: which process is the main one is guessed by
 * that. */
static void leave_parent(void)
{
    pid_t parent;

    if (setsid() < 0)
        fail("setsid");
    parent = getpid();
    if (fork() > 0)
        _exit(0);
    while (getppid() == parent)
        step_linger(1);
}

/* The child holds the write end until it waits, is detached or ends; then the parent goes on. */
static char **step_fork(const struct actor *actor, char **step, bool is_daemon)
{
    struct actor child = *actor;
    int ends[2];
    char byte;

    if (pipe(ends) < 0)
        fail("pipe");
    if (fork() == 0) {
        let_parent_go(); /* only what it has from its parent: the parent itself still holds */
        close(ends[0]);
        if (is_daemon)
            leave_parent();
        begin(&child, step[0]);
        /* What comes before `wait` is done in front of the parent's eyes: the pipe closes there. */
        setenv("ACTOR_HOLDS", (char[]){ (char)('0' + ends[1]), '\0' }, 1);
        perform(&child, step + 1);
        _exit(0);
    }
    close(ends[1]);
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    return after_end(step + 1);
}

/* The steps that stand alone; NULL: none of them. */
static char **perform_word(struct actor *actor, char **step)
{
    const char *word = step[0];

    if (strcmp(word, "wait") == 0) {
        let_parent_go();
        tell_process("waits");
        stay(actor, INT_MAX);
    } else if (strcmp(word, "ready") == 0) {
        notify("READY=1");
    } else if (strcmp(word, "sync") == 0) {
        step_sync();
    } else if (strcmp(word, "drop") == 0) {
        step_drop();
    } else if (strcmp(word, "detach") == 0) {
        let_parent_go();
    } else if (strcmp(word, "fds") == 0) {
        tell_descriptors(actor);
    } else if (strcmp(word, "credentials") == 0) {
        tell_credentials(actor);
    } else if (strcmp(word, "args") == 0) {
        while (*++step)
            tell(actor, "arg ", *step);
        return step;
    } else {
        return NULL;
    }
    return step + 1;
}

/* The steps with one word that tell or do one thing and go on; false: none of them. */
static bool perform_simple(struct actor *actor, const char *word, const char *operand)
{
    if (strcmp(word, "exit") == 0)
        _exit(atoi(operand));
    else if (strcmp(word, "die") == 0)
        die_of(signal_of(operand));
    else if (strcmp(word, "say") == 0)
        tell(actor, operand, "");
    else if (strcmp(word, "env") == 0)
        tell_variable(actor, operand);
    else if (strcmp(word, "envset") == 0)
        tell(actor, operand, getenv(operand) ? " is set" : " is not set");
    else if (strcmp(word, "who") == 0)
        tell_who(actor, operand);
    else if (strcmp(word, "notify") == 0)
        notify(operand);
    else if (strcmp(word, "fdstore") == 0)
        step_fdsend("file", operand);
    else if (strcmp(word, "barrier") == 0)
        barrier(operand);
    else if (strcmp(word, "linger") == 0)
        step_linger(atoi(operand));
    else if (strcmp(word, "stay") == 0)
        stay(actor, atoi(operand));
    else if (strcmp(word, "pidfile") == 0)
        write_pid(operand);
    else if (strcmp(word, "touch") == 0)
        append(operand, "");
    else if (strcmp(word, "remove") == 0)
        unlink(operand);
    else
        return false;
    return true;
}

/* Does the step at `step`; gives the one that follows. */
static char **perform_one(struct actor *actor, char **step)
{
    const char *word = step[0];
    char **next = perform_word(actor, step);

    if (next)
        return next;
    if (!step[1])
        fail(word);
    if (perform_simple(actor, word, step[1]))
        return step + 2;
    if (strcmp(word, "fork") == 0 || strcmp(word, "daemon") == 0)
        return step_fork(actor, step + 1, *word == 'd');
    if (strcmp(word, "run") == 0)
        return earlier_starts(actor->label) == atoi(step[1]) ? step + 2 : after_end(step + 2);
    if (strcmp(word, "on") == 0 && step[2])
        step_on(actor, step[1], step[2]);
    else if (strcmp(word, "ping") == 0 && step[2])
        step_ping(atoi(step[1]), atoi(step[2]));
    else if (strcmp(word, "padded") == 0 && step[2])
        step_padded(atoi(step[1]), step[2]);
    else if (strcmp(word, "fdsend") == 0 && step[2])
        step_fdsend(step[1], step[2]);
    else
        fail(word);
    return step + 3;
}

static void perform(struct actor *actor, char **step)
{
    while (*step) {
        if (strcmp(*step, "end") == 0) {
            /* The end of a `run` goes on; that of a child's steps ends the child. */
            if (getenv("ACTOR_HOLDS"))
                return;
            step++;
            continue;
        }
        step = perform_one(actor, step);
    }
}

int main(int argc, char **argv)
{
    struct actor actor = { 0 };
    struct rlimit core;
    char *slash = strrchr(argv[0], '/');

    if (argc < 2 || !slash)
        return USAGE;
    *slash = '\0';
    if (chdir(argv[0]) < 0)
        fail(argv[0]);
    if (getrlimit(RLIMIT_CORE, &core) < 0)
        fail("core");
    actor.core = core.rlim_cur;
    unsetenv("ACTOR_HOLDS");
    umask(0);
    signal(SIGCHLD, SIG_IGN);
    sigemptyset(&actor.caught);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        catch (&actor, fatal[i], REACT_DIE, 0);
    begin(&actor, argv[1]);
    perform(&actor, argv + 2);
    return 0;
}
