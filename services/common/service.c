#include "services/common/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

void service_log(enum service_priority priority, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    size_t length = 0;
    va_list arguments;

    if (isatty(STDERR_FILENO) == 0)
        length = (size_t)snprintf(line, sizeof(line), "<%d>", (int)priority);
    va_start(arguments, format);
    int count = vsnprintf(line + length, sizeof(line) - length, format, arguments);
    va_end(arguments);
    if (count < 0)
        return;
    length += (size_t)count;
    if (length > sizeof(line) - 1)
        length = sizeof(line) - 1;
    line[length++] = '\n';
    /* There is nobody to tell when stderr is gone. */
    ssize_t written = write(STDERR_FILENO, line, length);

    (void)written;
}

void service_ready(const char *status)
{
    (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void service_status(const char *status)
{
    (void)sd_notifyf(0, "STATUS=%s", status);
}

void service_stopping(const char *status)
{
    (void)sd_notifyf(0, "STOPPING=1\nSTATUS=%s", status);
}

int service_signals_open(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0)
        return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

int service_signals_wait(int fd, int timeout_ms)
{
    struct pollfd waited = { .fd = fd, .events = POLLIN };
    struct signalfd_siginfo info;

    if (poll(&waited, 1, timeout_ms) < 0)
        return errno == EINTR ? 0 : -errno;
    if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        return (int)info.ssi_signo;
    return 0;
}
