#include "tests/conformance/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FDS_MAX = 2 };

/* Returns the length: there may be NULs inside. */
static size_t expand(const char *text, char message[static LINE_SIZE])
{
    size_t length = 0;

    for (; *text && length < LINE_SIZE - 32; text++) {
        char name[LINE_SIZE];
        size_t end = strcspn(text + 1, "+@");
        unsigned byte;

        if (*text == '~' && sscanf(text + 1, "%2x", &byte) == 1) {
            message[length++] = (char)byte;
            text += 2;
            continue;
        }
        if (*text != '@') {
            message[length++] = (char)(*text == '+' ? '\n' : *text);
            continue;
        }
        snprintf(name, sizeof(name), "%.*s", (int)end, text + 1);
        if (strcmp(name, "now") == 0)
            length += (size_t)sprintf(message + length, "%llu", now_us());
        else
            length += (size_t)sprintf(message + length, "%d",
                                      (int)(strcmp(name, "self") == 0 ? getpid() : pid_of(name)));
        text += end;
    }
    return length;
}

static void send_message(struct iovec message, const int *attached, size_t count)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = getenv("NOTIFY_SOCKET");
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
    } control = { 0 };
    struct msghdr header = { .msg_name = &address, .msg_iov = &message, .msg_iovlen = 1 };
    int fd;

    if (!path)
        return;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    header.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (*path == '@')
        address.sun_path[0] = '\0';
    if (count > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(&control.header), attached, sizeof(int) * count);
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendmsg(fd, &header, 0) < 0)
        fail("notify");
    close(fd);
}

static void notify_with(const char *text, const int *attached, size_t count)
{
    char message[LINE_SIZE];

    send_message((struct iovec){ message, expand(text, message) }, attached, count);
}

void notify(const char *text)
{
    notify_with(text, NULL, 0);
}

void step_padded(int size, const char *text)
{
    static char message[64 * 1024];
    char end[LINE_SIZE];
    size_t length = expand(text, end), padding = (size_t)size - length;

    if (size > (int)sizeof(message) || (size_t)size < length)
        fail("padded");
    for (size_t i = 0; i < padding; i++)
        message[i] = "X\n"[(padding - i) % 2]; /* a line end comes last */
    memcpy(message + padding, end, length);
    send_message((struct iovec){ message, (size_t)size }, NULL, 0);
}

static int new_file(void)
{
    int fd = memfd_create("conformance", MFD_CLOEXEC);

    if (fd < 0)
        fail("memfd");
    return fd;
}

/* What is sent here lives on in the store alone, but for the `same` file and a pipe's `open` end.
 */
void step_fdsend(const char *kind, const char *text)
{
    static int same = -1;
    int fds[FDS_MAX];
    size_t count = 1;

    if (strcmp(kind, "same") == 0) {
        same = same < 0 ? new_file() : same;
        notify_with(text, &same, 1);
        return;
    }
    if (strcmp(kind, "open") == 0 || strcmp(kind, "gone") == 0) {
        if (pipe2(fds, O_CLOEXEC) < 0)
            fail("pipe");
        if (*kind == 'g')
            close(fds[1]);
    } else {
        fds[0] = new_file();
        if (strcmp(kind, "two") == 0)
            fds[count++] = new_file();
    }
    notify_with(text, fds, count);
    while (count > 0)
        close(fds[--count]);
}

void step_sync(void)
{
    struct pollfd end = { 0 };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("pipe");
    notify_with("BARRIER=1", &ends[1], 1);
    close(ends[1]);
    end.fd = ends[0];
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        ;
    close(ends[0]);
}
