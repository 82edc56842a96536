/*
 * escape COMMAND WORK…: attempts to escape from a sandbox, see escape.h.
 *
 *   prepare WORK              makes the world
 *   replace WORK              puts a link in place of a directory that a unit names
 *   race WORK                 exchanges such a directory and a link, until race-end is run
 *   sibling WORK              plays another service
 *   keeper WORK               plays a service with credentials
 *   control WORK [UID [DIRECTIVE…]]
 *                             all attempts, or those, outside of reeve: what can be done at all
 *   outside WORK NAME         that one, at reeve's control socket, from beside the pod, or "all"
 *   run WORK DIRECTIVE…       what any of them forbids, from inside of a service; "all": everything
 *   list                      each attempt with the directives that forbid it
 *
 * A line per attempt: "escape NAME RESULT", where RESULT is "ok" (it got through), the name of an
 * errno, of the signal that killed it, or "-" where there is nothing to try it on.
 */

#include "tests/escape/escape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DEADLINE_S = 40 /* of a machine without KVM */,
    EXIT_NOT_HERE = 200,
    EXIT_USAGE = 2,
    LINE = 256
};

static const struct attempt *const topics[] = {
    attempts_files,  attempts_ways,      attempts_hidden,  attempts_mounts,   attempts_namespaces,
    attempts_proc,   attempts_processes, attempts_signals, attempts_sockets,  attempts_memory,
    attempts_kernel, attempts_identity,  attempts_pod,     attempts_settings, attempts_places,
    attempts_cgroup, attempts_root,      attempts_keyring,
};

static bool names(const char *directives, const char *wanted)
{
    size_t length = strlen(wanted);

    for (const char *at = directives; (at = strstr(at, wanted)); at += length)
        if ((at == directives || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

/* --- one attempt --- */

static const char *result_of(int status)
{
    static char signal_name[16];

    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGALRM)
            return "hung";
        snprintf(signal_name, sizeof(signal_name), "SIG%s", sigabbrev_np(WTERMSIG(status)));
        return signal_name;
    }
    if (WEXITSTATUS(status) == EXIT_NOT_HERE)
        return "-";
    return WEXITSTATUS(status) == 0 ? "ok" : strerrorname_np(WEXITSTATUS(status));
}

static void try_attempt(const struct world *world, const struct attempt *attempt)
{
    char line[LINE];
    const char *result;
    int status = 0, length;
    pid_t child = fork();

    if (child == 0) {
        int r;

        alarm(DEADLINE_S);
        r = attempt->try(world, attempt->argument);
        _exit(r == -NOT_HERE ? EXIT_NOT_HERE : -r);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        result = "lost";
    else
        result = result_of(status);
    length = snprintf(line, sizeof(line), "escape %s %s\n", attempt->name, result ? result : "?");
    (void)!write(STDOUT_FILENO, line, (size_t)length);
}

static void try_named(const struct world *world, const char *name)
{
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
        for (const struct attempt *attempt = topics[i]; attempt->name; attempt++)
            if (strcmp(attempt->name, name) == 0)
                try_attempt(world, attempt);
}

static bool is_wanted(const struct attempt *attempt, char *const *directives)
{
    for (; *directives; directives++)
        if (strcmp(*directives, "all") == 0 || names(attempt->directives, *directives))
            return true;
    return false;
}

/* Each once, also where several of the directives forbid it. */
static void try_all(const struct world *world, char *const *directives)
{
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
        for (const struct attempt *attempt = topics[i]; attempt->name; attempt++)
            if (is_wanted(attempt, directives))
                try_attempt(world, attempt);
}

/* --- the world --- */

static bool copy_program(const struct world *world, const char *name)
{
    char buffer[65536];
    int from = open(world->program, O_RDONLY | O_CLOEXEC);
    int to = open(in_work(world, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    ssize_t size;

    while ((size = read(from, buffer, sizeof(buffer))) > 0)
        if (write(to, buffer, (size_t)size) != size)
            return false;
    close(from);
    close(to);
    return size == 0;
}

static int prepare(const struct world *world)
{
    static const char *const directories[] = { "protected", "protected/empty", "open",
                                               "open/sub",  "secret",          "sibling",
                                               "race",      "race/at",         "race/shown" };
    static const char *const files[] = { "protected/file", "open/late", "secret/file", "private" };
    char path[2 * WORLD_PATH];
    bool is_made = true;

    umask(022);
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        is_made &= mkdir(in_work(world, directories[i]), 0755) == 0 || errno == EEXIST;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        is_made &= write_to(in_work(world, files[i]), O_WRONLY | O_CREAT) == 0;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/escape%s", i ? "/var/tmp" : "/tmp",
                 strrchr(world->work, '/') + 1);
        is_made &= write_to(path, O_WRONLY | O_CREAT) == 0;
    }
    is_made &= chmod(in_work(world, "private"), 0600) == 0;
    is_made &=
        symlink(in_work(world, "secret"), in_work(world, "race/link")) == 0 || errno == EEXIST;
    is_made &= copy_program(world, "open/program") && copy_program(world, "secret/program");
    if (!is_made)
        perror("escape: prepare");
    return !is_made;
}

/* What a service may do with a directory that it may write to: the next process finds a link. */
static int replace(const struct world *world)
{
    return rename(in_work(world, "open/sub"), in_work(world, "open/sub-was")) < 0 ||
           symlink(in_work(world, "protected"), in_work(world, "open/sub")) < 0;
}

/* What another service has written of itself. */
static pid_t find_service(const struct world *world, const char *name)
{
    FILE *file = fopen(in_work(world, name), "re");
    int pid = 0;

    if (file) {
        if (fscanf(file, "%d", &pid) != 1)
            pid = 0;
        fclose(file);
    }
    return pid;
}

/* Until both have written of themselves, or for DEADLINE_S in all: then who is missing is 0. */
static void wait_for_services(const struct world *world, pid_t *ret_sibling, pid_t *ret_keeper)
{
    int events = inotify_init1(IN_CLOEXEC), deadline = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct itimerspec once = { .it_value.tv_sec = DEADLINE_S };
    struct pollfd wait[] = { { .fd = events, .events = POLLIN },
                             { .fd = deadline, .events = POLLIN } };
    char buffer[4096];

    /* Watched before it is looked at: what comes between the two wakes us. */
    if (inotify_add_watch(events, in_work(world, "sibling"), IN_CLOSE_WRITE) < 0)
        perror("escape: watching the sibling");
    timerfd_settime(deadline, 0, &once, NULL);
    do {
        *ret_sibling = find_service(world, "sibling/pid");
        *ret_keeper = find_service(world, "sibling/credentials");
    } while ((*ret_sibling == 0 || *ret_keeper == 0) && poll(wait, 2, -1) > 0 && !wait[1].revents &&
             read(events, buffer, sizeof(buffer)) > 0);
    close(events);
    close(deadline);
}

static int control(struct world *world, const char *uid, char *const *directives)
{
    pid_t group;

    if (uid && (setgroups(0, NULL) < 0 || setgid((gid_t)atoi(uid)) < 0 ||
                setuid((uid_t)atoi(uid)) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0))
        return EXIT_USAGE;
    if (prepare(world) != 0)
        return EXIT_USAGE;
    unlink(in_work(world, "sibling/pid"));
    unlink(in_work(world, "sibling/credentials"));
    world->is_control = true;
    world->sibling = fork();
    if (world->sibling == 0) {
        setpgid(0, 0);
        _exit(play_sibling(world));
    }
    world->init = world->sibling;
    world->keeper = fork();
    if (world->keeper == 0)
        _exit(play_keeper(world));
    wait_for_services(world, &(pid_t){ 0 }, &(pid_t){ 0 });
    (void)!replace(world);
    group = world->sibling;
    try_all(world, directives);
    kill(group, SIGKILL);
    kill(world->keeper, SIGKILL);
    waitpid(group, NULL, 0);
    waitpid(world->keeper, NULL, 0);
    unlink(in_work(world, "sibling/credentials"));
    unlink(in_work(world, "open/sub"));
    return rename(in_work(world, "open/sub-was"), in_work(world, "open/sub")) < 0;
}

static void count_descriptors(void)
{
    char text[16];
    int count = 0;

    for (int fd = 3; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    snprintf(text, sizeof(text), "%d", count);
    setenv("ESCAPE_DESCRIPTORS", text, 1);
}

static int list(void)
{
    static const char *const passes[] = { "", "partial", "systemd" };

    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
        for (const struct attempt *attempt = topics[i]; attempt->name; attempt++)
            printf("%s|%s|%s\n", attempt->name, attempt->directives, passes[attempt->passes]);
    return 0;
}

/* What attempts start. */
static int be_started(int argc, char **argv)
{
    if (strcmp(argv[1], "nothing") == 0)
        return 0;
    if (strcmp(argv[1], "am-i-root") == 0)
        return geteuid() == 0 ? 0 : EPERM;
    if (strcmp(argv[1], "descriptors") == 0 && argc == 3)
        return fcntl(atoi(argv[2]), F_GETFD) >= 0 ? 0 : EBADF;
    return strcmp(argv[1], "list") == 0 ? list() : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct world world = { .init = getppid() };

    count_descriptors();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2)
        return EXIT_USAGE;
    if (argc < 3 || strcmp(argv[1], "descriptors") == 0)
        return be_started(argc, argv);
    snprintf(world.work, sizeof(world.work), "%s", argv[2]);
    snprintf(world.program, sizeof(world.program), "%s", argv[0]);
    if (strcmp(argv[1], "prepare") == 0)
        return prepare(&world);
    if (strcmp(argv[1], "replace") == 0)
        return replace(&world);
    if (strcmp(argv[1], "race") == 0)
        return play_racer(&world);
    if (strcmp(argv[1], "race-end") == 0)
        return write_to(in_work(&world, "race/end"), O_WRONLY | O_CREAT) < 0;
    if (strcmp(argv[1], "sibling") == 0)
        return play_sibling(&world);
    if (strcmp(argv[1], "keeper") == 0)
        return play_keeper(&world);
    if (strcmp(argv[1], "control") == 0)
        return control(&world, argv[3], argc > 4 ? argv + 4 : (char *[]){ "all", NULL });
    wait_for_services(&world, &world.sibling, &world.keeper);
    if (strcmp(argv[1], "outside") == 0 && argc == 4 && strcmp(argv[3], "all") == 0)
        try_all(&world, (char *[]){ "Control", NULL });
    else if (strcmp(argv[1], "outside") == 0 && argc == 4)
        try_named(&world, argv[3]);
    if (strcmp(argv[1], "run") == 0)
        try_all(&world, argv + 3);
    return 0;
}
