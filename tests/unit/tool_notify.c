/*
 * A service's side of sd_notify(3), for shell tests:
 *
 *   tool_notify [--pid PID] [--file PATH] [--pipe] [--broken-pipe] [--twice] [--wait] FIELD...
 *   tool_notify raw                        sends its standard input as it is
 *   tool_notify many COUNT                 that many descriptors at once, all of one file
 *
 * --file passes the open file, --pipe both ends of a pipe, --broken-pipe a read end whose writer
 * has gone, --twice everything twice; --wait stays for ever with what it has opened.
 * Ends when reeve has handled it: by then nobody could judge a sender that is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { FDS_MAX = 1024, BARRIER_US = 10000000 };

struct message {
    char text[8192];
    int fds[FDS_MAX];
    unsigned fd_count;
    pid_t pid;
    int has_to_wait;
};

static void add_fd(struct message *message, int fd)
{
    if (fd < 0 || message->fd_count == FDS_MAX) {
        perror("tool_notify");
        exit(1);
    }
    message->fds[message->fd_count++] = fd;
}

static void add_pipe(struct message *message, int is_broken)
{
    int ends[2];

    if (pipe(ends) < 0)
        return;
    add_fd(message, ends[0]);
    if (is_broken)
        close(ends[1]);
    else
        add_fd(message, ends[1]);
}

static void add_twice(struct message *message)
{
    for (unsigned i = message->fd_count; i > 0; i--)
        add_fd(message, message->fds[i - 1]);
}

/* Returns how many words the option took. */
static int option(struct message *message, char **words)
{
    if (strcmp(words[0], "--pid") == 0)
        message->pid = (pid_t)strtol(words[1], NULL, 10);
    else if (strcmp(words[0], "--file") == 0)
        add_fd(message, open(words[1], O_RDONLY));
    else if (strcmp(words[0], "--pipe") == 0 || strcmp(words[0], "--broken-pipe") == 0)
        add_pipe(message, words[0][2] == 'b');
    else if (strcmp(words[0], "--twice") == 0)
        add_twice(message);
    else
        message->has_to_wait = 1;
    return strcmp(words[0], "--pid") == 0 || strcmp(words[0], "--file") == 0 ? 2 : 1;
}

static int send_raw(void)
{
    static char bytes[65536];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof(address.sun_path) - 1);
    if (size < 0 ||
        sendto(fd, bytes, (size_t)size, 0, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror("tool_notify");
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct message message;
    int at = 1, result;

    if (argc > 1 && strcmp(argv[1], "raw") == 0)
        return send_raw() == 0 && sd_notify_barrier(0, BARRIER_US) > 0 ? 0 : 1;
    if (argc > 2 && strcmp(argv[1], "many") == 0) {
        for (long count = strtol(argv[2], NULL, 10); count > 0; count--)
            add_fd(&message, STDIN_FILENO);
        at = 3;
    }
    while (at < argc && argv[at][0] == '-')
        at += option(&message, argv + at);
    for (; at < argc; at++) {
        strncat(message.text, argv[at], sizeof(message.text) - strlen(message.text) - 2);
        strcat(message.text, "\n");
    }
    result = sd_pid_notify_with_fds(message.pid, 0, message.text, message.fds, message.fd_count);
    if (result <= 0) {
        fprintf(stderr, "tool_notify: %s\n", result < 0 ? strerror(-result) : "no socket");
        return 1;
    }
    if (sd_notify_barrier(0, BARRIER_US) <= 0)
        return 1;
    while (message.has_to_wait)
        pause();
    return 0;
}
