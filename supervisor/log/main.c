/*
 * reeve-log: turns the output of all units into one stream of lines that say where they come from.
 * Started by PID 1 with the wire on file descriptor WIRE_FD; see reeve-log(8).
 */

#include "supervisor/log/logger.h"
#include "supervisor/log/options.h"
#include "supervisor/log/store.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/*
 * A descriptor below 3 that came closed would be handed out to the next open(), and then log lines
 * went into an epoll or a socket. Returns whether standard output was open.
 */
static bool fill_standard_descriptors(void)
{
    bool has_stdout = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    fd_close(fd);
    return has_stdout;
}

static bool is_wire(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/*
 * SIGTERM is kept for logger_run(), which writes what there is and ends. The others come from a
 * terminal that we happen to share and must not cost the pod its last words.
 */
static void set_up_signals(void)
{
    static const int ignored[] = { SIGINT, SIGHUP, SIGPIPE, SIGXFSZ };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t blocked;

    for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
        (void)sigaction(ignored[i], &ignore, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
}

/* LogsDirectory= of our own unit, which PID 1 has made; -1: no unit wants a file. */
static int open_logs(void)
{
    const char *path = getenv("LOGS_DIRECTORY");
    int fd = path && *path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (path && fd < 0)
        fprintf(stderr,
                "reeve-log: Cannot open the directory '%s', going on without log files: %s\n", path,
                strerror(errno));
    return fd;
}

static int open_file(const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640) : -1;

    if (path && fd < 0)
        fprintf(stderr, "reeve-log: Cannot open '%s', going on without it: %s\n", path,
                strerror(errno));
    return fd;
}

/* What a former reeve-log has left. */
struct left {
    int ring;
    struct streams *streams;
};

static void take_left(void *context, const char *name, int fd)
{
    struct left *left = context;

    if (strcmp(name, STORE_RING) != 0) {
        streams_restore(left->streams, name, fd);
    } else {
        fd_close(left->ring);
        left->ring = fd;
    }
}

static int open_kept(struct logger *logger, const struct ring_limits *limits)
{
    struct left left = { .ring = -1, .streams = &logger->streams };
    int error;

    store_take(take_left, &left);
    error = ring_init(&logger->ring, limits, left.ring);
    if (error == 0 && logger->ring.fd != left.ring) {
        store_drop(STORE_RING);
        store_keep(STORE_RING, logger->ring.fd);
    }
    return error;
}

/* What an output does not take is no unit's fault. */
static void count_failures(struct logger *logger)
{
    struct ring_unit *own = ring_unit_get(&logger->ring, "reeve-log.service");

    logger->out.totals = own ? ring_totals(&logger->ring, own) : NULL;
    logger->file.totals = logger->out.totals;
    logger->file.kind = LOG_TARGET_FILE;
}

int main(int argc, char **argv)
{
    static struct logger logger;
    struct settings settings;
    int status, error;
    bool has_stdout;
    cleanup_fd int file = -1;

    /* A service of our user without a sandbox could take the wire, or read what we know. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    status = options_read(argc, argv, &settings);
    if (status >= 0)
        return status;
    if (!is_wire(WIRE_FD)) {
        fputs("reeve-log: File descriptor 3 is not reeve's wire: reeve starts this program.\n",
              stderr);
        return EXIT_USAGE;
    }
    logger.files.directory = -1;
    has_stdout = fill_standard_descriptors();
    set_up_signals();
    file = open_file(settings.file);
    error = output_init(&logger.out, STDOUT_FILENO, settings.format);
    if (error == 0)
        error = output_init(&logger.file, file, settings.format);
    logger.out.is_gone = !has_stdout;
    streams_init(&logger.streams);
    if (error == 0)
        error = open_kept(&logger, &settings.ring);
    if (error == 0) {
        count_failures(&logger);
        logger.rest = turns_rest(logger.ring.turns);
        files_init(&logger.files, open_logs(), logger.ring.turns);
        error = logger_init(&logger, WIRE_FD);
    }
    if (error == 0)
        error = logger_run(&logger);
    logger_release(&logger);
    if (error < 0)
        fprintf(stderr, "reeve-log: Ending after a failure: %s\n", strerror(-error));
    if (logger.out.dropped_in_all > 0)
        fprintf(stderr, "reeve-log: %llu lines could not be written to standard output.\n",
                (unsigned long long)logger.out.dropped_in_all);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
