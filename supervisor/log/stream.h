#ifndef REEVE_LOG_STREAM_H
#define REEVE_LOG_STREAM_H

/*
 * Connections of sd_journal_stream_fd(3), as systemd-cat(1) makes them: seven lines that say how
 * the rest is to be read, then lines. A connection is a source as a pipe is (source.h): its bytes
 * are taken only when they have been written. So that it outlives us it lies in PID 1's descriptor
 * store, in whose name for it stands what its first lines said.
 */

#include "supervisor/log/entry.h"
#include "supervisor/wire/wire.h"

#include <stdbool.h>

enum {
    STREAMS_MAX = 64, /* beyond, connections are closed again */
    STREAMS_PER_UNIT = 16,
    STREAM_NAME_SIZE = 96,
};

struct logger;
struct source;

/* Of a connection that a former reeve-log has left. */
struct stored_stream {
    int fd;
    uint32_t serial, seal;
    struct stream_head head;
};

struct streams {
    int listener; /* owned; -1 */
    size_t count;
    uint32_t last_serial;
    struct stored_stream stored[STREAMS_MAX]; /* until the units are known */
    size_t stored_count;
};

void streams_init(struct streams *streams);
void streams_release(struct streams *streams);

/* Takes over what stood in PID 1's store by this name. */
void streams_restore(struct streams *streams, const char *name, int fd);

/* Takes over the listening socket; all units are known now. */
void streams_listen(struct logger *logger, int fd);
/* Whoever has connected meanwhile. */
void streams_accept(struct logger *logger);

/* What the logger's chunk begins with, of a stream that has no head yet. How many bytes are to be
 * taken; -EAGAIN: more must come; -EBADMSG: this is none. */
ssize_t stream_begin(struct logger *logger, struct source *source, size_t length);

/* The connection has ended. */
void stream_forget(struct logger *logger, const struct source *source);

/* After a reload units have other numbers: forgets them, and takes the new one of a unit. */
void streams_renumber(struct logger *logger);
void streams_rename(struct logger *logger, const struct wire_source *message);

/* The name in PID 1's store, and what it says. */
void stream_name(const struct stored_stream *stream, char ret_name[STREAM_NAME_SIZE]);
bool stream_name_parse(const char *name, struct stored_stream *ret_stream) MUST_CHECK;

#endif
