#ifndef REEVE_LOG_SOURCE_H
#define REEVE_LOG_SOURCE_H

/* One unit's log pipe (its read end, lent by PID 1 and owned here) and the line that is being put
 * together; or a socket of the journal, or a connection to it. */

#include "supervisor/log/line.h"
#include "supervisor/log/masking.h"
#include "supervisor/log/rules.h"
#include "supervisor/wire/log_wire.h"
#include "supervisor/wire/wire.h"

#include <sys/stat.h>

/* LogMultiline=: a line for which there may be more. */
struct joined {
    char *text; /* LOG_TEXT_MAX of it, once it is needed */
    struct log_packet line;
    uint64_t due_us; /* monotonic */
    bool is_open;
};

enum source_kind {
    SOURCE_PIPE,
    SOURCE_STREAM, /* stream.h */
    SOURCE_SYSLOG, /* journal.h */
    SOURCE_NATIVE,
};

/* Of PID 1 itself, and of nobody. */
enum { SOURCE_OF_INIT = -1, SOURCE_NO_UNIT = -2 };

struct source {
    struct source *next, **link; /* of the list, and who points here */
    int fd;
    dev_t device; /* device and inode tell when PID 1 lends the same pipe again, after a reload */
    ino_t inode;
    int32_t id;
    uint32_t seal; /* the number that the processes of the unit carry */
    enum source_kind kind;
    uint8_t stream;                  /* enum log_stream: LOG_STREAM_OUT or LOG_STREAM_ERROR */
    char identifier[WIRE_NAME_SIZE]; /* "redis" */
    char unit[WIRE_NAME_SIZE]; /* "redis.service"; PID 1's own messages: "init.scope", as in systemd
                                */
    struct ring_unit *kept;    /* its lines in the ring; NULL: they are not kept */
    struct line_splitter splitter;
    struct rules *rules; /* NULL: none */
    bool is_held;        /* its rules are still to come: nothing is read before */
    bool wants_end;      /* its unit has ended while standard output was slow */
    struct joined joined;
    struct unit_masks masks;
    uint32_t known_written, known_kept; /* lines that a former reeve-log has dealt with … */
    bool is_written, is_kept;           /* … the present one, too */
    bool is_waiting;                    /* only the beginning of a line stands in the pipe; … */
    uint64_t patience_us;               /* … until then its rest is waited for */
    uint64_t served;                    /* its last turn, of logger.served */
    /* Of a stream: what its head said, … */
    bool has_head;
    uint8_t level;
    char said[WIRE_NAME_SIZE]; /* identifier */
    uint32_t serial;           /* … by which PID 1's store knows it, and who has connected */
    pid_t pid;
};

/* Takes over `fd` in any case. NULL with errno set on failure. */
struct source *source_new(const struct wire_source *message, int fd);
void source_free(struct source *source);

/* After a reload a pipe can belong to another id or name. */
void source_rename(struct source *source, const struct wire_source *message);

struct source *source_find_pipe(struct source *list, const struct stat *info);
struct source *source_find_id(struct source *list, int32_t id);
/* The pipe of the unit whose processes carry this number. */
struct source *source_find_seal(struct source *list, uint32_t seal);

/* How many bytes its pipe can hold at most. */
size_t source_capacity(const struct source *source);

#endif
