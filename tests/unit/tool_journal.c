/*
 * Says things to the sockets of the journal, by the functions that programs use:
 *   tool_journal syslog IDENTIFIER COUNT     syslog(3), numbered messages
 *   tool_journal journal IDENTIFIER COUNT    sd_journal_send(3), the same with fields
 *   tool_journal large IDENTIFIER BYTES      one message of so many bytes, which comes as a file
 *   tool_journal stream IDENTIFIER COUNT     sd_journal_stream_fd(3), numbered lines
 *   tool_journal cat IDENTIFIER PRIORITY     the same, standard input
 *   tool_journal datagram SOCKET FILE...     each file as a datagram, as it is
 *   tool_journal bytes SOCKET FILE           what stands in the file, on a connection
 *   tool_journal descriptor SOCKET FILE      an empty datagram with this file's descriptor
 * and says 0 when all was taken. With STAY in its environment it stays then: whose a message is can
 * be told for sure only while its sender is there.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

static int say_syslog(const char *identifier, long count)
{
    openlog(identifier, LOG_PID, LOG_DAEMON);
    for (long i = 1; i <= count; i++)
        syslog(LOG_NOTICE, "number %ld", i);
    return 0;
}

static int say_journal(const char *identifier, long count)
{
    for (long i = 1; i <= count; i++)
        if (sd_journal_send("MESSAGE=number %ld", i, "PRIORITY=5", "NUMBER=%ld", i,
                            "SYSLOG_IDENTIFIER=%s", identifier, NULL) < 0)
            return 1;
    return 0;
}

/* What cannot be sent as a datagram becomes a file in memory, inside libsystemd. */
static int say_large(const char *identifier, long size)
{
    char name[256], *text = malloc((size_t)size + 9);
    struct iovec fields[2];
    int length = snprintf(name, sizeof(name), "SYSLOG_IDENTIFIER=%s", identifier);

    if (!text)
        return 1;
    memcpy(text, "MESSAGE=", 8);
    memset(text + 8, 'x', (size_t)size);
    text[8 + size - 1] = '.';
    fields[0] = (struct iovec){ .iov_base = name, .iov_len = (size_t)length };
    fields[1] = (struct iovec){ .iov_base = text, .iov_len = 8 + (size_t)size };
    length = sd_journal_sendv(fields, 2);
    free(text);
    return length < 0;
}

static int say_stream(const char *identifier, long count)
{
    int fd = sd_journal_stream_fd(identifier, LOG_WARNING, 1);

    for (long i = 1; fd >= 0 && i <= count; i++)
        if (dprintf(fd, i % 2 ? "number %ld\n" : "<3>number %ld\n", i) < 0)
            return 1;
    return fd < 0;
}

/* As systemd-cat(1): what comes from standard input, until it ends. */
static int say_input(const char *identifier, long priority)
{
    int fd = sd_journal_stream_fd(identifier, (int)priority, 0);
    char bytes[4096];
    ssize_t length;

    while (fd >= 0 && (length = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
        if (write(fd, bytes, (size_t)length) != length)
            return 1;
    return fd < 0;
}

static int connect_to(const char *path, int type)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        err(1, "%s", path);
    return fd;
}

static int say_bytes(int fd, const char *path)
{
    static char bytes[200 * 1024];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, bytes, sizeof(bytes));

    if (length < 0)
        err(1, "%s", path);
    close(file);
    return send(fd, bytes, (size_t)length, 0) < 0;
}

static int say_descriptor(int fd, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct msghdr packet = { .msg_control = &control, .msg_controllen = sizeof(control) };

    if (file < 0)
        err(1, "%s", path);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &file, sizeof(file));
    return sendmsg(fd, &packet, 0) < 0;
}

static int say(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*say)(const char *identifier, long count);
    } ways[] = {
        { "syslog", say_syslog }, { "journal", say_journal }, { "large", say_large },
        { "stream", say_stream }, { "cat", say_input },
    };
    int status = 0;

    if (argc < 4)
        errx(2, "see the head of tool_journal.c");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            return ways[i].say(argv[2], strtol(argv[3], NULL, 10));
    for (int i = 3; i < argc && status == 0; i++) {
        int fd = connect_to(argv[2], strcmp(argv[1], "bytes") == 0 ? SOCK_STREAM : SOCK_DGRAM);

        status = strcmp(argv[1], "descriptor") == 0 ? say_descriptor(fd, argv[i])
                                                    : say_bytes(fd, argv[i]);
        close(fd);
    }
    return status;
}

int main(int argc, char **argv)
{
    int status = say(argc, argv);

    if (status == 0 && getenv("STAY"))
        (void)pause();
    return status;
}
