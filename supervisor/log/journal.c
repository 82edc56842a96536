#include "supervisor/log/journal.h"

#include "supervisor/log/clock.h"
#include "supervisor/log/entry.h"
#include "supervisor/log/intake.h"
#include "supervisor/log/lines.h"
#include "supervisor/log/stream.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MESSAGES_PER_TURN = 32,
    OVERFLOW_ID = 65534, /* what stands for an identity that our user namespace does not know */
};

/* One message, as it stands in the queue. */
struct message {
    char *bytes; /* the logger's chunk, or `large` */
    size_t length;
    char *large; /* owned */
    int fd;      /* owned; what came with it */
    struct ucred sender;
};

/* A socket can be made to wait when the last of its descriptors is closed. */
static void release(struct message *message)
{
    struct linger off = { 0 };

    if (message->fd >= 0)
        (void)setsockopt(message->fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
    message->fd = fd_close(message->fd);
    free(take_pointer(&message->large));
}

static void take_control(struct message *message, struct msghdr *packet)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(packet); header;
         header = CMSG_NXTHDR(packet, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_CREDENTIALS)
            memcpy(&message->sender, CMSG_DATA(header), sizeof(message->sender));
        else if (header->cmsg_type == SCM_RIGHTS && header->cmsg_len >= CMSG_LEN(sizeof(int)))
            memcpy(&message->fd, CMSG_DATA(header), sizeof(message->fd));
    }
}

/* It stays in the queue. Its whole length, or a negative errno. */
static ssize_t look(int fd, struct message *message, size_t size)
{
    struct iovec part = { .iov_base = message->bytes, .iov_len = size };
    union {
        struct cmsghdr header;
        /* Room for one descriptor: the kernel closes what is beyond. */
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr packet = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t length = recvmsg(fd, &packet, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (length < 0)
        return -errno;
    message->fd = fd_close(message->fd);
    take_control(message, &packet);
    message->length = (size_t)length < size ? (size_t)length : size;
    return length;
}

/* One that is longer than a turn gets memory of its own; without, it is cut. */
static int receive(struct logger *logger, int fd, struct message *message)
{
    ssize_t length;

    *message = (struct message){ .bytes = logger->chunk, .fd = -1 };
    length = look(fd, message, sizeof(logger->chunk));
    if (length <= (ssize_t)sizeof(logger->chunk))
        return length < 0 ? (int)length : 0;
    if (length <= ENTRY_SIZE_MAX)
        message->large = malloc((size_t)length);
    if (!message->large)
        return 0;
    message->bytes = message->large;
    length = look(fd, message, (size_t)length);
    return length < 0 ? (int)length : 0;
}

/*
 * A large entry comes as a file. Only of memory: reading from it waits for nobody (seals are what
 * such files have and others have not), whether its owner has sealed it or still writes to it.
 * False: it is none, or too large.
 */
static bool read_file(struct message *message)
{
    struct stat status;
    ssize_t length;

    if (fcntl(message->fd, F_GET_SEALS) < 0 || fstat(message->fd, &status) < 0 ||
        status.st_size > ENTRY_SIZE_MAX)
        return false;
    message->large = malloc((size_t)status.st_size + 1);
    if (!message->large)
        return false;
    message->bytes = message->large;
    length = pread(message->fd, message->large, (size_t)status.st_size, 0);
    message->length = length > 0 ? (size_t)length : 0;
    return length >= 0;
}

/* --- whose it is --- */

struct source *journal_owner(struct logger *logger, pid_t pid)
{
    uint32_t seal = owners_find(&logger->owners, pid, clock_monotonic_us());

    if (seal != OWNER_NOBODY)
        return source_find_seal(logger->sources, seal);
    /* Where there are no seals, the main processes are known. */
    return pid > 0 ? source_find_id(logger->sources, pids_find(&logger->pids, pid)) : NULL;
}

/* --- what it says --- */

static void add_number(struct entry *entry, const char *name, unsigned value)
{
    char number[16];

    (void)snprintf(number, sizeof(number), "%u", value);
    entry_add(entry, name, number, strlen(number));
}

static void deliver(struct logger *logger, struct source *source, const struct message *message,
                    struct entry *entry)
{
    struct log_packet packet = {
        .kind = LOG_LINE,
        .realtime_us = clock_realtime_us(),
        .monotonic_us = clock_monotonic_us(),
        .pid = message->sender.pid,
        .priority = entry->priority,
        .stream = source->kind == SOURCE_SYSLOG ? LOG_STREAM_SYSLOG : LOG_STREAM_JOURNAL,
        .text = entry->text,
        .length = entry->length,
    };
    struct source *owner = journal_owner(logger, message->sender.pid);

    if (message->sender.uid != OVERFLOW_ID)
        add_number(entry, "_UID", message->sender.uid);
    if (message->sender.gid != OVERFLOW_ID)
        add_number(entry, "_GID", message->sender.gid);
    packet.identifier = entry->identifier;
    packet.fields = entry->fields;
    packet.fields_length = entry->fields_length;
    lines_deliver_message(logger, owner ? owner : source, &packet);
    /* A turn of the unit's own lines is never open now: these sockets wait as they do. */
    if (owner && owner->rules && owner->rules->file) {
        file_flush(owner->rules->file);
        files_finish(&logger->files, owner->rules->file);
    }
}

static void refuse(struct logger *logger, struct source *source, const struct message *message)
{
    struct entry entry = { .priority = 4, .identifier = "reeve-log" };
    bool is_file = source->kind == SOURCE_NATIVE && message->length == 0;
    char text[128];

    entry.text = text;
    entry.length = (size_t)snprintf(
        text, sizeof(text), "A message of process %d is left out: %s.", (int)message->sender.pid,
        is_file ? "it comes as a file that is not in memory, or too large"
                : "it comes with descriptors");
    deliver(logger, source, message, &entry);
}

/* As journald: a message is either bytes or one file of them. */
static void handle(struct logger *logger, struct source *source, struct message *message)
{
    struct entry *entry = &logger->entry;
    size_t at = 0;

    if (message->fd >= 0 &&
        (source->kind == SOURCE_SYSLOG || message->length > 0 || !read_file(message))) {
        refuse(logger, source, message);
    } else if (source->kind == SOURCE_NATIVE) {
        while (entry_from_native(message->bytes, message->length, &at, entry))
            deliver(logger, source, message, entry);
    } else if (message->length > 0) {
        entry_from_syslog(message->bytes, message->length, entry);
        deliver(logger, source, message, entry);
    }
}

void journal_consume(int fd)
{
    while (recv(fd, NULL, 0, MSG_DONTWAIT) < 0 && errno == EINTR)
        ;
}

ssize_t journal_read(struct logger *logger, struct source *source)
{
    size_t taken = 0;

    for (int i = 0; i < MESSAGES_PER_TURN && taken < LOGGER_READ_SIZE && !logger->is_stuck; i++) {
        struct message message;
        int error = receive(logger, source->fd, &message);

        if (error == -EINTR)
            continue;
        if (error < 0)
            break;
        handle(logger, source, &message);
        taken += message.length + 1;
        release(&message);
        intake_finish(logger, source, 1);
    }
    return taken > 0 ? (ssize_t)taken : -EAGAIN; /* the socket is PID 1's: it does not end */
}

/* --- the sockets --- */

void journal_take(struct logger *logger, const struct wire_journal *message, int fd)
{
    static const enum source_kind kinds[] = {
        [WIRE_JOURNAL_SYSLOG] = SOURCE_SYSLOG,
        [WIRE_JOURNAL_NATIVE] = SOURCE_NATIVE,
    };
    struct wire_source nobody = { .id = SOURCE_NO_UNIT, .name = LOG_NO_UNIT };
    struct source *source;

    logger->owners.nonce = message->seal_nonce;
    if (message->socket == WIRE_JOURNAL_STDOUT) {
        streams_listen(logger, fd);
        return;
    }
    if (fd < 0 || message->socket >= ARRAY_SIZE(kinds)) {
        fd_close(fd);
        return;
    }
    source = logger_add_source(logger, &nobody, fd);
    if (!source)
        return;
    source->kind = kinds[message->socket];
    wire_copy(source->identifier, sizeof(source->identifier), "unknown");
    logger_place_source(logger, source);
}
