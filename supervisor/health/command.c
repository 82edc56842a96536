#include "supervisor/health/command.h"

#include "supervisor/health/text.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

enum { OUTPUT_READ_SIZE = 4096, OUTPUT_READS_PER_TURN = 16, CHILDREN_TEXT = 4096 };

/* --- starting --- */

/* The child begins with no signal blocked or ignored, in a group of its own. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int error = posix_spawnattr_init(attributes);

    if (error != 0)
        return -error;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    (void)posix_spawnattr_setpgroup(attributes, 0);
    (void)posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF);
    return 0;
}

static int spawn_with(struct command *command, posix_spawn_file_actions_t *files, int output)
{
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char home[] = "HOME=/", lang[] = "LANG=C.UTF-8";
    char *environment[] = { path, home, lang, NULL };
    posix_spawnattr_t attributes;
    int error = prepare_attributes(&attributes);

    if (error < 0)
        return error;
    error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(files, output, STDERR_FILENO);
    if (error == 0)
        error = posix_spawnp(&command->pid, command->words[0], files, &attributes, command->words,
                             environment);
    if (error != 0)
        command->pid = 0;
    posix_spawnattr_destroy(&attributes);
    return -error;
}

/* Runs the program with its output going to `output`. */
static int spawn(struct command *command, int output)
{
    posix_spawn_file_actions_t files;
    int error = posix_spawn_file_actions_init(&files);

    if (error != 0)
        return -error;
    error = spawn_with(command, &files, output);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static int start(struct command *command)
{
    int ends[2], error;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    /* Only our end is non-blocking: a program that prints does not expect EAGAIN. */
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    error = spawn(command, ends[1]);
    fd_close(ends[1]);
    if (error == 0)
        error = loop_watch(command->loop, &command->output, ends[0], EPOLLIN);
    if (error < 0)
        fd_close(ends[0]);
    return error;
}

/* --- its output --- */

static void end_line(struct command *command)
{
    char line[WIRE_TEXT_SIZE + 1];

    memcpy(line, command->line, command->line_length);
    line[command->line_length] = '\0';
    command->line_length = 0;
    if (line[strspn(line, " \t\r")])
        text_clean(command->last_line, sizeof(command->last_line), line);
}

static void take_output(struct command *command, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\n')
            end_line(command);
        else if (command->line_length < sizeof(command->line))
            command->line[command->line_length++] = (char)(bytes[i] ? bytes[i] : ' ');
}

static void close_output(struct command *command)
{
    int fd = command->output.fd;

    loop_unwatch(command->loop, &command->output);
    fd_close(fd);
}

static void read_output(struct command *command)
{
    char bytes[OUTPUT_READ_SIZE];
    ssize_t length = 1;

    /* A bounded number of times: a command that prints without end must not keep us from the
     * others. */
    for (int i = 0; i < OUTPUT_READS_PER_TURN && command->output.fd >= 0 && length > 0; i++) {
        length = read(command->output.fd, bytes, sizeof(bytes));
        if (length > 0)
            take_output(command, bytes, (size_t)length);
    }
    if (length == 0)
        close_output(command);
}

static void output_moved(void *context, uint32_t events)
{
    (void)events;
    read_output(context);
}

/* --- the end --- */

static void unlink_running(struct commands *commands, const struct command *command)
{
    struct command **at = &commands->running;

    while (*at && *at != command)
        at = &(*at)->next;
    if (*at)
        *at = command->next;
}

static void describe_end(struct command *command, const siginfo_t *end, char *message, size_t size)
{
    const char *separator = command->last_line[0] ? ": " : "";

    if (end->si_code != CLD_EXITED)
        snprintf(message, size, "killed by SIG%s%s%.200s",
                 sigabbrev_np(end->si_status) ? sigabbrev_np(end->si_status) : "?", separator,
                 command->last_line);
    else if (end->si_status != 0)
        snprintf(message, size, "exit status %d%s%.200s", end->si_status, separator,
                 command->last_line);
    else
        snprintf(message, size, "%.250s",
                 command->last_line[0] ? command->last_line : "exit status 0");
}

/* The zombie is still there, so the number of the group cannot belong to anybody else yet. */
static void command_ended(struct commands *commands, struct command *command, const siginfo_t *end)
{
    char message[WIRE_TEXT_SIZE], clean[WIRE_TEXT_SIZE];

    (void)kill(-command->pid, SIGKILL);
    (void)waitpid(command->pid, NULL, WNOHANG);
    command->pid = 0;
    unlink_running(commands, command);
    read_output(command);
    end_line(command);
    close_output(command);
    describe_end(command, end, message, sizeof(message));
    text_clean(clean, sizeof(clean), message);
    command->done(command->context, end->si_code == CLD_EXITED && end->si_status == 0, clean);
}

static struct command *command_of(struct commands *commands, pid_t pid)
{
    struct command *command = commands->running;

    while (command && command->pid != pid)
        command = command->next;
    return command;
}

/* Orphans of probes have become our children (subreaper). Nothing of a probe may outlive it. */
static void kill_orphans(struct commands *commands)
{
    char text[CHILDREN_TEXT];
    cleanup_fd int fd = -1;
    ssize_t length;

    fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length <= 0)
        return;
    text[length] = '\0';
    for (char *at = text, *end; *at; at = end) {
        long pid = strtol(at, &end, 10);

        if (end == at)
            break;
        /* A number that was cut at the end of the buffer would be another process: not ended by a
         * space. */
        if (*end == ' ' && pid > 1 && pid <= INT_MAX && !command_of(commands, (pid_t)pid))
            (void)kill((pid_t)pid, SIGKILL);
    }
}

static void children_moved(void *context, uint32_t events)
{
    struct commands *commands = context;
    struct signalfd_siginfo ignored[4];
    bool has_orphans = false;

    (void)events;
    while (read(commands->signals.fd, ignored, sizeof(ignored)) > 0)
        ; /* SIGCHLD coalesces: the signal says "look", not who it was */
    for (;;) {
        siginfo_t end = { 0 };
        struct command *command;

        if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || end.si_pid == 0)
            break;
        command = command_of(commands, end.si_pid);
        if (command)
            command_ended(commands, command, &end);
        else
            (void)waitpid(end.si_pid, NULL, WNOHANG);
        has_orphans = true;
    }
    if (has_orphans)
        kill_orphans(commands);
}

void command_cancel(struct commands *commands, struct command *command)
{
    if (command->pid == 0)
        return;
    (void)kill(-command->pid, SIGKILL); /* reaped as an orphan, by SIGCHLD */
    (void)kill(command->pid, SIGKILL);
    command->pid = 0;
    unlink_running(commands, command);
    close_output(command);
    command->line_length = 0;
}

void command_start(struct commands *commands, struct command *command)
{
    char message[WIRE_TEXT_SIZE];
    int error;

    command->line_length = 0;
    command->last_line[0] = '\0';
    error = start(command);
    if (command->pid > 0) {
        command->next = commands->running;
        commands->running = command;
    }
    if (error == 0)
        return;
    command_cancel(commands, command);
    snprintf(message, sizeof(message), "cannot run '%.150s': %s", command->words[0],
             strerror(-error));
    command->done(command->context, false, message);
}

void command_init(struct command *command, struct loop *loop, char **words)
{
    *command = (struct command){
        .loop = loop,
        .words = words,
        .output = { .fd = -1, .callback = output_moved, .context = command },
    };
}

int commands_init(struct commands *commands, struct loop *loop)
{
    sigset_t set;
    int fd, error;

    *commands = (struct commands){
        .loop = loop,
        .signals = { .fd = -1, .callback = children_moved, .context = commands },
    };
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) < 0)
        return -errno;
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    error = loop_watch(loop, &commands->signals, fd, EPOLLIN);
    if (error < 0)
        fd_close(fd);
    return error;
}

void commands_release(struct commands *commands)
{
    int fd = commands->signals.fd;

    while (commands->running)
        command_cancel(commands, commands->running);
    if (fd >= 0)
        kill_orphans(commands);
    loop_unwatch(commands->loop, &commands->signals);
    fd_close(fd);
}
