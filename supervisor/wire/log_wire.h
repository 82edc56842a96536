#ifndef REEVE_WIRE_LOG_WIRE_H
#define REEVE_WIRE_LOG_WIRE_H

/*
 * What a reader of log lines and reeve-log say to each other.
 *
 * The connection is one end of a SOCK_SEQPACKET pair that PID 1 makes, which decides who gets one:
 * reevectl by WIRE_VERB_LOGS, in the reply; reeve-health unasked in a WIRE_READER, anew each time
 * that it or reeve-log has come back. PID 1 reads nothing of what is said here, and reeve-log
 * listens nowhere.
 *
 * The reader sends a struct log_request. One for counters (wants_totals) is answered by a
 * LOG_TOTALS for each unit and LOG_END. Else the answer is the backlog, oldest first, each line as
 * a packet LOG_LINE; then LOG_END; then, if it follows, each line as it comes. Several requests may
 * be open on one connection (LOG_QUERIES_MAX): all packets of an answer carry the request's tag,
 * and one with a tag that is in use replaces the former. A reader that is slower than the log never
 * stops it: what had to go before it was read is told as a LOG_GAP of that unit, with the number.
 * When the connection ends, reeve-log has gone; what it keeps is there for the next one.
 *
 * Two numbers count: `sequence` over all lines, which rises and stays with a line (a follower goes
 * on after a break with after_sequence), and `number` in each unit without a hole, so that who
 * reads a whole unit can count what is missing. A packet that does not pass log_wire_decode() ends
 * the connection. Pure.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

enum {
    LOG_WIRE_VERSION = 1,
    LOG_NAME_SIZE = 256,      /* with its NUL; of units and identifiers */
    LOG_TEXT_MAX = 48 * 1024, /* as journald's LineMax= */
    LOG_FIELDS_MAX = 8 * 1024,
    LOG_QUERIES_MAX = 16, /* open at once on one connection */
    LOG_PACKET_MAX = LOG_TEXT_MAX + LOG_FIELDS_MAX + 1024,
};

#define LOG_ALL_LINES UINT64_MAX

/* Of messages whose sender is of no unit, or has ended before it could be told. */
#define LOG_NO_UNIT "-"

struct log_request {
    uint16_t version;
    uint16_t size; /* of this struct */
    uint32_t tag;
    uint64_t lines;          /* of the backlog, the newest that match; LOG_ALL_LINES */
    uint64_t after_sequence; /* only lines behind this one; 0, or one not reached yet: all */
    uint64_t since_realtime_us, until_realtime_us; /* both included; 0: no limit */
    uint8_t is_following;
    uint8_t lowest_priority;  /* 7: all lines; 3: errors and worse */
    uint8_t wants_totals;     /* no lines; of the limits only `unit` counts */
    char unit[LOG_NAME_SIZE]; /* "redis.service"; "init.scope": reeve's own; "": all */
};

enum log_kind {
    LOG_LINE = 1,
    LOG_GAP,     /* `dropped` lines of `unit` were gone before this reader could be sent them */
    LOG_END,     /* of the backlog; without is_following the answer is complete */
    LOG_REFUSED, /* too many requests are open */
    LOG_TOTALS,  /* what has been counted of `unit`: log_totals_read() */
};

enum log_flag {
    LOG_IS_CONTINUATION = 1 << 0, /* the line before was too long, this goes on with it */
    LOG_IS_NOTICE = 1 << 1, /* reeve-log's own word in the unit's place: `dropped` lines were not
                               taken over (a limit of the unit), and the text says why */
};

/* Which way a line came. */
enum log_stream {
    LOG_STREAM_OUT = 1, /* standard output, and standard error where it shares its pipe */
    LOG_STREAM_ERROR,   /* StandardError=journal, with a pipe of its own */
    LOG_STREAM_SYSLOG,  /* /dev/log */
    LOG_STREAM_JOURNAL, /* sd_journal_send(3) */
    LOG_STREAM_OWN,     /* reeve-log itself */
};

/* One packet, taken apart. The texts point into the packet. */
struct log_packet {
    enum log_kind kind;
    uint32_t tag;
    uint64_t sequence, number;
    uint64_t realtime_us, monotonic_us;
    uint64_t dropped;
    int32_t pid;      /* the unit's main process when the line came; by credentials where there are
                         any; 0: not known */
    uint8_t priority; /* 0 emerg … 7 debug */
    uint8_t stream;   /* enum log_stream */
    uint8_t flags;    /* enum log_flag */
    const char *unit, *identifier;
    const char *fields; /* further journal fields, see log_wire_field() */
    size_t fields_length;
    const char *text; /* any bytes but a newline at its end; no NUL behind it */
    size_t length;
};

/* Into `buffer`, which has room for LOG_PACKET_MAX; returns the length. What is longer than allowed
 * is cut. */
size_t log_wire_encode(const struct log_packet *packet, char *buffer);

/* False: no well-formed packet. */
bool log_wire_decode(const char *buffer, size_t length, struct log_packet *ret_packet) MUST_CHECK;

/* For who keeps packets: the numbers and the unit's name, of the beginning of one; false and NULL
 * when there is too little of it. */
bool log_wire_numbers(const char *buffer, size_t length, uint64_t *ret_sequence,
                      uint64_t *ret_number) MUST_CHECK;
const char *log_wire_unit(const char *buffer, size_t length);

/* A packet that is sent on to another reader has another tag. */
void log_wire_set_tag(char *buffer, uint32_t tag);

/* Begins a request for all lines of `unit` (NULL: of all): no limits, not following. */
struct log_request log_wire_request(const char *unit);

/* Whether `length` received bytes are a request; terminates its string. */
bool log_wire_check_request(struct log_request *request, size_t length) MUST_CHECK;

/* One more of the fields that stand in a packet: "KEY=" and any bytes. Starts with *at = 0; false
 * at the end, and at nonsense. */
struct log_field {
    const char *name; /* no NUL behind it */
    size_t name_length;
    const char *value;
    size_t length;
};
bool log_wire_field(const struct log_packet *packet, size_t *at,
                    struct log_field *ret_field) MUST_CHECK;

/* Adds a field to `fields`, of which `used` bytes of `size` are taken; returns what is taken then.
 * A field that does not fit is left out. */
size_t log_wire_add_field(char *fields, size_t size, size_t used, const struct log_field *field);

#endif
