#ifndef REEVE_LOG_ENTRY_H
#define REEVE_LOG_ENTRY_H

/*
 * What programs send to the sockets of the journal, taken apart as systemd-journald does it (257):
 * datagrams of syslog(3), those of sd_journal_send(3), and the head of a stream of
 * sd_journal_stream_fd(3). Any bytes may come; nothing is trusted. Pure, allocates nothing.
 *
 * Differences on purpose, beside what tests/unit/test_entry.c shows: a name that is shown to people
 * has no control characters in it; SYSLOG_RAW= is kept only where MESSAGE= is less than what was
 * sent (a NUL); a PRIORITY= that is none is left out; of several MESSAGE= the last counts; an empty
 * line in front of an entry does not hide it; fields beyond LOG_FIELDS_MAX bytes are left out.
 */

#include "supervisor/wire/log_wire.h"

enum {
    ENTRY_SIZE_MAX = 4 << 20, /* of a memory file; a datagram cannot be larger than its buffer */
    ENTRY_PRIORITY_DEFAULT = 6,
    ENTRY_FIELD_NAME_MAX = 64,
    STREAM_HEAD_MAX = 4096,
};

struct entry {
    uint8_t priority;
    char identifier[LOG_NAME_SIZE]; /* "": it says none */
    const char *text;               /* in what was given */
    size_t length;
    char fields[LOG_FIELDS_MAX]; /* as in a packet */
    size_t fields_length;
};

/* The one entry of a datagram of syslog(3). */
void entry_from_syslog(const char *bytes, size_t length, struct entry *ret_entry);

/* The next entry of a datagram; starts with *at = 0. False: there is no further one. */
bool entry_from_native(const char *bytes, size_t length, size_t *at,
                       struct entry *ret_entry) MUST_CHECK;

/* Adds "NAME=value" to the fields, as far as there is room. */
void entry_add(struct entry *entry, const char *name, const char *value, size_t length);

/* Copies a name for people to read: cut to what fits, and what could drive a terminal, or is no
 * UTF-8, is '?'. */
void entry_copy_name(char target[LOG_NAME_SIZE], const char *bytes, size_t length);

/* What a stream says first: seven lines. */
struct stream_head {
    char identifier[LOG_NAME_SIZE];
    uint8_t priority;
    bool has_level_prefix;
};

/* How many bytes of the beginning are the head; 0: it is not complete; -EBADMSG: it is none. */
ssize_t stream_head_parse(const char *bytes, size_t length, struct stream_head *ret_head);

#endif
