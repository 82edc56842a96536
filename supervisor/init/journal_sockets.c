#include "supervisor/init/journal_sockets.h"

#include "supervisor/init/pod.h"
#include "supervisor/init/sockets.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_DIRECTORY "/run/systemd/journal"

static const struct place {
    const char *path;
    int type;
} places[WIRE_JOURNAL_SOCKETS] = {
    [WIRE_JOURNAL_SYSLOG] = { JOURNAL_DIRECTORY "/dev-log", SOCK_DGRAM },
    [WIRE_JOURNAL_NATIVE] = { JOURNAL_DIRECTORY "/socket", SOCK_DGRAM },
    [WIRE_JOURNAL_STDOUT] = { JOURNAL_DIRECTORY "/stdout", SOCK_STREAM },
};

static const char device_path[] = "/dev/log";

/* Whoever reads must know from whom each message is, also of those that come before it does. */
static int prepare(int fd, const struct place *place)
{
    int on = 1;

    if (place->type == SOCK_STREAM)
        return listen(fd, SOMAXCONN) < 0 ? -errno : 0;
    return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int open_one(const struct place *place, const char *path, int *ret_fd)
{
    cleanup_fd int fd = -1;
    int error = socket_bind_path(place->type, path, &fd);

    if (error == 0)
        error = prepare(fd, place);
    if (error == 0 && chmod(path, 0666) < 0)
        error = -errno;
    if (error == 0)
        *ret_fd = take_fd(&fd);
    return error;
}

/* Not where somebody answers: that is the host's, lent to this container. */
static int link_device(const char *target)
{
    char present[sizeof(JOURNAL_DIRECTORY "/dev-log") + 1];
    ssize_t length = readlink(device_path, present, sizeof(present));

    if (length == (ssize_t)strlen(target) && memcmp(present, target, strlen(target)) == 0)
        return 0;
    return symlink(target, device_path) < 0 ? -errno : 0;
}

static bool is_wanted(void)
{
    const char *word = getenv("REEVE_JOURNAL");

    return word && *word ? strcmp(word, "yes") == 0 : getpid() == 1;
}

static int make_directory(void)
{
    static const char *const paths[] = { "/run", "/run/systemd", JOURNAL_DIRECTORY };
    mode_t mask = umask(0022);
    int error = 0;

    for (size_t i = 0; i < ARRAY_SIZE(paths) && error == 0; i++)
        if (mkdir(paths[i], 0755) < 0 && errno != EEXIST)
            error = -errno;
    (void)umask(mask);
    return error;
}

void journal_sockets_open(struct journal_sockets *sockets)
{
    const struct place *syslog = &places[WIRE_JOURNAL_SYSLOG];
    int error;

    for (size_t i = 0; i < WIRE_JOURNAL_SOCKETS; i++)
        sockets->fds[i] = -1;
    if (!is_wanted())
        return;
    error = make_directory();
    for (size_t i = 0; i < WIRE_JOURNAL_SOCKETS; i++)
        sockets->errors[i] =
            error < 0 ? error : open_one(&places[i], places[i].path, &sockets->fds[i]);
    /* Without /run the socket itself stands in /dev. One that is somebody's already is linked to.
     */
    error = sockets->errors[WIRE_JOURNAL_SYSLOG];
    sockets->device_error = error == 0 || error == -EADDRINUSE
                                ? link_device(syslog->path)
                                : open_one(syslog, device_path, &sockets->fds[WIRE_JOURNAL_SYSLOG]);
}

/* Adds " 'PATH' (why)" to a list. */
static void add_reason(char *list, size_t size, const char *path, int error)
{
    size_t used = strlen(list);

    if (error < 0)
        snprintf(list + used, size - used, "%s '%s' (%s)", used > 0 ? "," : "", path,
                 strerror(-error));
}

void journal_sockets_tell(struct pod *pod)
{
    const struct journal_sockets *sockets = &pod->journal;
    char list[LOG_LINE] = "";

    add_reason(list, sizeof(list), device_path, sockets->device_error);
    for (size_t i = WIRE_JOURNAL_NATIVE; i < WIRE_JOURNAL_SOCKETS; i++)
        add_reason(list, sizeof(list), places[i].path, sockets->errors[i]);
    if (list[0])
        pod_log(pod, 6, "messages are not taken here at%s", list);
}

int journal_sockets_send(const struct pod *pod, int channel)
{
    union wire_message message;
    int error = 0;

    for (size_t i = 0; i < WIRE_JOURNAL_SOCKETS && error == 0; i++) {
        if (pod->journal.fds[i] < 0)
            continue;
        wire_begin(&message, WIRE_JOURNAL);
        message.journal.socket = (uint8_t)i;
        message.journal.seal_nonce = pod->seal_nonce;
        error = channel_send(channel, &message, pod->journal.fds[i]);
    }
    return error;
}
