/*
 * The process that the units of the conformance cases run: `actor LABEL STEP...` does the steps in
 * their order and tells what happens to it in the file `trace` beside its own program, a line per
 * event ("a.main start", "a.main got TERM"). It is one static program without threads, so that the
 * same bytes run below systemd in a container and below reeve.
 *
 *   exit N            ends with status N
 *   die SIGNAL        dies of the signal by itself (a core dump goes beside the program)
 *   wait              stays until a signal ends it
 *   on SIGNAL ACTION  what a signal that was told does from now on: `log` (nothing more), `die` (as
 *                     without a handler; the default of TERM, INT, HUP, QUIT, USR1, USR2) or
 *                     `exit=N`. CONT is told only when it is named here, since whether a process
 *                     that TERM ends still sees it is a race.
 *   notify TEXT       sends TEXT to $NOTIFY_SOCKET, a + standing for a line end; `ready` is
 *                     `notify READY=1`
 *   say WORD          tells the word
 *   env NAME          tells the variable
 *   fork LABEL STEP... end     a child that does these steps; goes on when the child waits or ended
 *   daemon LABEL STEP... end   the same in a session of its own, left by its parent
 *   run N STEP... end          these steps only when it is the N-th time that this label starts
 *   barrier FILE      waits until the file beside the program exists
 *
 * The file `processes` there says for each process "PID LABEL", "PID barrier FILE" and, once
 * nothing more happens by itself, "PID waits": the harness sees from it whether all has come to
 * rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, USAGE = 99 };

enum reaction { REACT_NOT, REACT_LOG, REACT_DIE, REACT_EXIT };

struct actor {
    const char *label;
    enum reaction reactions[NSIG];
    int exits[NSIG];
    sigset_t caught;
};

static const int fatal[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM };

static void fail(const char *what)
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

static void tell(const struct actor *actor, const char *what, const char *detail)
{
    char line[LINE_SIZE * 2];

    snprintf(line, sizeof(line), "%s %s%s\n", actor->label, what, detail);
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

static void react(const struct actor *actor, int number)
{
    tell(actor, "got ", sigabbrev_np(number));
    switch (actor->reactions[number]) {
    case REACT_NOT:
    case REACT_LOG:
        break;
    case REACT_DIE:
        die_of(number);
        break;
    case REACT_EXIT:
        _exit(actor->exits[number]);
    }
}

static void wait_for_signals(const struct actor *actor)
{
    tell_process("waits");
    for (;;) {
        int number = sigwaitinfo(&actor->caught, NULL);

        if (number > 0)
            react(actor, number);
    }
}

static void catch (struct actor *actor, int number, enum reaction reaction, int status)
{
    actor->reactions[number] = reaction;
    actor->exits[number] = status;
    sigaddset(&actor->caught, number);
    sigprocmask(SIG_BLOCK, &actor->caught, NULL);
}

static void step_on(struct actor *actor, const char *name, const char *action)
{
    if (strcmp(action, "log") == 0)
        catch (actor, signal_of(name), REACT_LOG, 0);
    else if (strcmp(action, "die") == 0)
        catch (actor, signal_of(name), REACT_DIE, 0);
    else if (strncmp(action, "exit=", 5) == 0)
        catch (actor, signal_of(name), REACT_EXIT, atoi(action + 5));
    else
        fail(action);
}

/* --- steps --- */

static void notify(const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = getenv("NOTIFY_SOCKET");
    char message[LINE_SIZE];
    int fd;

    if (!path)
        return;
    snprintf(message, sizeof(message), "%s", text);
    for (char *c = message; *c; c++)
        *c = *c == '+' ? '\n' : *c;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (*path == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, message, strlen(message), 0, (struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        fail("notify");
    close(fd);
}

static void tell_variable(const struct actor *actor, const char *name)
{
    char line[LINE_SIZE];
    const char *value = getenv(name);

    snprintf(line, sizeof(line), "%s%s%s", name, value ? "=" : " is not set", value ? value : "");
    tell(actor, line, "");
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

static void begin(struct actor *actor, const char *label)
{
    actor->label = label;
    tell_process(label);
    tell(actor, "start", "");
}

/* The child holds the write end until it waits or ends; then the parent goes on. */
static char **step_fork(const struct actor *actor, char **step, bool is_daemon)
{
    struct actor child = *actor;
    int ends[2];
    char byte;

    if (pipe(ends) < 0)
        fail("pipe");
    if (fork() == 0) {
        close(ends[0]);
        if (is_daemon && (setsid() < 0 || fork() > 0))
            _exit(0);
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

static void let_parent_go(void)
{
    const char *holds = getenv("ACTOR_HOLDS");

    if (holds)
        close(*holds - '0');
    unsetenv("ACTOR_HOLDS");
}

/* Does the step at `step`; gives the one that follows. */
static char **perform_one(struct actor *actor, char **step)
{
    const char *word = step[0];

    if (strcmp(word, "wait") == 0) {
        let_parent_go();
        wait_for_signals(actor);
    } else if (strcmp(word, "ready") == 0) {
        notify("READY=1");
        return step + 1;
    }
    if (!step[1])
        fail(word);
    if (strcmp(word, "exit") == 0)
        _exit(atoi(step[1]));
    else if (strcmp(word, "die") == 0)
        die_of(signal_of(step[1]));
    else if (strcmp(word, "say") == 0)
        tell(actor, step[1], "");
    else if (strcmp(word, "env") == 0)
        tell_variable(actor, step[1]);
    else if (strcmp(word, "notify") == 0)
        notify(step[1]);
    else if (strcmp(word, "barrier") == 0)
        barrier(step[1]);
    else if (strcmp(word, "fork") == 0 || strcmp(word, "daemon") == 0)
        return step_fork(actor, step + 1, *word == 'd');
    else if (strcmp(word, "run") == 0)
        return earlier_starts(actor->label) == atoi(step[1]) ? step + 2 : after_end(step + 2);
    else if (strcmp(word, "on") == 0 && step[2])
        return step_on(actor, step[1], step[2]), step + 3;
    else
        fail(word);
    return step + 2;
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
    char *slash = strrchr(argv[0], '/');

    if (argc < 2 || !slash)
        return USAGE;
    *slash = '\0';
    if (chdir(argv[0]) < 0)
        fail(argv[0]);
    unsetenv("ACTOR_HOLDS");
    signal(SIGCHLD, SIG_IGN);
    sigemptyset(&actor.caught);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        catch (&actor, fatal[i], REACT_DIE, 0);
    begin(&actor, argv[1]);
    perform(&actor, argv + 2);
    return 0;
}
