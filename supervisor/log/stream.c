#include "supervisor/log/stream.h"

#include "supervisor/log/journal.h"
#include "supervisor/log/store.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <sys/socket.h>

void streams_init(struct streams *streams)
{
    streams->listener = -1;
}

void streams_release(struct streams *streams)
{
    streams->listener = fd_close(streams->listener);
    while (streams->stored_count > 0)
        fd_close(streams->stored[--streams->stored_count].fd);
}

/* --- those that outlive us --- */

void streams_restore(struct streams *streams, const char *name, int fd)
{
    struct stored_stream *stored = &streams->stored[streams->stored_count];

    if (streams->stored_count == STREAMS_MAX || !stream_name_parse(name, stored)) {
        fd_close(fd);
        return;
    }
    stored->fd = fd;
    streams->stored_count++;
    if (stored->serial > streams->last_serial)
        streams->last_serial = stored->serial;
}

static struct stored_stream describe(const struct source *source)
{
    struct stored_stream stream = {
        .fd = source->fd,
        .serial = source->serial,
        .seal = source->seal,
        .head = { .priority = source->level, .has_level_prefix = !source->splitter.keeps_prefix },
    };

    wire_copy(stream.head.identifier, sizeof(stream.head.identifier), source->said);
    return stream;
}

static void keep(const struct source *source)
{
    struct stored_stream stream = describe(source);
    char name[STREAM_NAME_SIZE];

    stream_name(&stream, name);
    store_keep(name, source->fd);
}

void stream_forget(struct logger *logger, const struct source *source)
{
    struct stored_stream stream = describe(source);
    char name[STREAM_NAME_SIZE];

    logger->streams.count--;
    if (!source->has_head)
        return;
    stream_name(&stream, name);
    store_drop(name);
}

/* --- a connection --- */

static size_t count_of(const struct logger *logger, uint32_t seal)
{
    size_t count = 0;

    for (const struct source *source = logger->sources; source; source = source->next)
        count += source->kind == SOURCE_STREAM && source->seal == seal;
    return count;
}

static void use_head(struct source *source, const struct stream_head *head)
{
    source->has_head = true;
    source->level = head->priority;
    source->splitter.keeps_prefix = !head->has_level_prefix;
    wire_copy(source->said, sizeof(source->said), head->identifier);
}

static pid_t peer_of(int fd)
{
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? 0 : peer.pid;
}

/* As a source of its unit, with the same rules. */
static struct source *add(struct logger *logger, int fd, const struct source *unit)
{
    struct wire_source message = { .id = SOURCE_NO_UNIT, .seal = OWNER_NOBODY };
    struct source *source;

    if (unit) {
        message.id = unit->id;
        message.seal = unit->seal;
    }
    wire_copy(message.name, sizeof(message.name), unit ? unit->unit : LOG_NO_UNIT);
    source = logger_add_source(logger, &message, fd);
    if (!source)
        return NULL;
    source->kind = SOURCE_STREAM;
    source->pid = peer_of(fd);
    source->rules = unit ? unit->rules : NULL;
    if (!unit)
        wire_copy(source->identifier, sizeof(source->identifier), "unknown");
    logger->streams.count++;
    return source;
}

void streams_accept(struct logger *logger)
{
    struct streams *streams = &logger->streams;
    int fd;

    while ((fd = accept4(streams->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        const struct source *unit = journal_owner(logger, peer_of(fd));
        struct source *source;

        if (streams->count >= STREAMS_MAX ||
            count_of(logger, unit ? unit->seal : OWNER_NOBODY) >= STREAMS_PER_UNIT) {
            fd_close(fd);
            continue;
        }
        source = add(logger, fd, unit);
        if (!source)
            continue;
        source->serial = ++streams->last_serial;
        logger_place_source(logger, source);
    }
}

ssize_t stream_begin(struct logger *logger, struct source *source, size_t length)
{
    struct stream_head head;
    ssize_t taken = stream_head_parse(logger->chunk, length, &head);

    if (taken <= 0)
        return taken < 0 ? taken : -EAGAIN;
    use_head(source, &head);
    keep(source); /* before the head is taken: the next reeve-log could not read it */
    return taken;
}

void streams_listen(struct logger *logger, int fd)
{
    struct streams *streams = &logger->streams;

    for (size_t i = 0; i < streams->stored_count; i++) {
        const struct stored_stream *stored = &streams->stored[i];
        struct source *unit =
            stored->seal == OWNER_NOBODY ? NULL : source_find_seal(logger->sources, stored->seal);
        struct source *source = add(logger, stored->fd, unit);

        if (!source)
            continue;
        source->serial = stored->serial;
        source->seal = stored->seal;
        use_head(source, &stored->head);
        logger_place_source(logger, source);
    }
    streams->stored_count = 0;
    fd_close(streams->listener);
    streams->listener = fd;
    logger_watch(logger, fd, &streams->listener);
}

/* --- reloads --- */

void streams_renumber(struct logger *logger)
{
    for (struct source *source = logger->sources; source; source = source->next)
        if (source->kind == SOURCE_STREAM)
            source->id = SOURCE_NO_UNIT;
}

void streams_rename(struct logger *logger, const struct wire_source *message)
{
    struct source *source = logger->sources, *next;

    if (message->seal == OWNER_NOBODY)
        return;
    for (; source; source = next) {
        next = source->next;
        if (source->kind != SOURCE_STREAM || source->seal != message->seal)
            continue;
        source_rename(source, message);
        source->kept = ring_unit_get(&logger->ring, source->unit);
        if (message->has_rules || !source->rules)
            continue; /* these follow, or there were none */
        logger_unplace_source(logger, source);
        source->rules = NULL;
        logger_place_source(logger, source);
    }
}
