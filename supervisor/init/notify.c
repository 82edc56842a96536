#include "supervisor/init/notify.h"

#include "supervisor/init/sockets.h"
#include "supervisor/init/track.h"
#include "supervisor/wire/fd.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int notify_open(struct pod *pod)
{
    int on = 1;
    int error = socket_bind_path(SOCK_DGRAM, pod->place.notify_path, &pod->notify_fd);

    if (error < 0)
        return error;
    return setsockopt(pod->notify_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ? -errno : 0;
}

static bool may_notify(const struct pod *pod, unit_id id, pid_t pid)
{
    const struct unit *unit = &pod->engine.units[id];

    switch (pod->set.specs[id]->service.notify_access) {
    case NOTIFY_NONE:
        return false;
    case NOTIFY_MAIN:
        return pid == unit->main_pid;
    case NOTIFY_EXEC:
        return pid == unit->main_pid || pid == unit->control_pid;
    case NOTIFY_ALL:
        return true;
    }
    return false;
}

/* A status is shown to people and goes into JSON: control characters become spaces. */
static void set_status(struct member *member, const char *text, size_t length)
{
    if (length >= sizeof(member->status))
        length = sizeof(member->status) - 1;
    memset(member->status, 0, sizeof(member->status));
    memcpy(member->status, text, length);
    for (char *at = member->status; at < member->status + length; at++)
        if (iscntrl((unsigned char)*at))
            *at = ' ';
}

static bool starts_with(const char *line, size_t length, const char *word)
{
    return length >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

static void handle_line(struct pod *pod, unit_id id, const char *line, size_t length)
{
    if (length == strlen("READY=1") && starts_with(line, length, "READY=1"))
        engine_arrived(&pod->engine, id, AWAIT_NOTIFY, clock_monotonic_us());
    else if (starts_with(line, length, "STATUS=")) {
        set_status(&pod->members[id], line + strlen("STATUS="), length - strlen("STATUS="));
        engine_touch(&pod->engine, id);
    }
}

/* Anybody can send any number of these: one line a second says it as well. */
static void refuse(struct pod *pod, pid_t pid, const char *who, const char *why)
{
    uint64_t now_us = clock_monotonic_us();

    pod->refused++;
    if (pod->refused_us != 0 && now_us - pod->refused_us < REFUSAL_PAUSE_US)
        return;
    pod_log(pod, 4, "%s: %llu notifications ignored, the last from process %d: %s", who,
            (unsigned long long)pod->refused, (int)pid, why);
    pod->refused = 0;
    pod->refused_us = now_us;
}

static void handle_datagram(struct pod *pod, pid_t pid, const char *text, size_t length)
{
    unit_id id = track_owner(pod, pid);

    if (id == UNIT_NONE) {
        refuse(pod, pid, "notify socket", "it belongs to no unit");
        return;
    }
    if (!may_notify(pod, id, pid)) {
        refuse(pod, pid, pod_unit_name(pod, id), "NotifyAccess= forbids it");
        return;
    }
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) : length;

        handle_line(pod, id, text, line);
        line += end ? 1 : 0;
        text += line;
        length -= line;
    }
}

/* The sender's pid as the kernel vouches for it; closes whatever descriptors came along. 0: none.
 */
static pid_t take_sender(struct msghdr *packet)
{
    pid_t pid = 0;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(packet); header;
         header = CMSG_NXTHDR(packet, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred sender;

            memcpy(&sender, CMSG_DATA(header), sizeof(sender));
            pid = sender.pid;
        } else if (header->cmsg_type == SCM_RIGHTS) {
            size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            int fds[DESCRIPTORS_MAX];

            if (count > DESCRIPTORS_MAX)
                count = DESCRIPTORS_MAX;
            memcpy(fds, CMSG_DATA(header), count * sizeof(int));
            descriptors_discard(fds, count);
        }
    }
    return pid;
}

void notify_receive(void *context, uint32_t events)
{
    struct pod *pod = context;
    char text[NOTIFY_DATAGRAM];

    (void)events;
    for (int i = 0; i < NOTIFY_BURST; i++) {
        struct iovec part = { .iov_base = text, .iov_len = sizeof(text) };
        union {
            struct cmsghdr header;
            char
                bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
        } control;
        struct msghdr packet = {
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = &control,
            .msg_controllen = sizeof(control),
        };
        ssize_t length = recvmsg(pod->notify_fd, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        pid_t pid;

        if (length < 0)
            return;
        pid = take_sender(&packet);
        if (pid > 0 && !(packet.msg_flags & MSG_TRUNC))
            handle_datagram(pod, pid, text, (size_t)length);
    }
}

void notify_send(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    cleanup_fd int fd = -1;
    size_t length;

    if (!path || (path[0] != '/' && path[0] != '@'))
        return;
    length = strlen(path);
    if (length >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    /* A manager that does not read its socket must not hold us up: then it is not told. */
    (void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}
