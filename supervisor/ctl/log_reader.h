#ifndef REEVE_CTL_LOG_READER_H
#define REEVE_CTL_LOG_READER_H

/*
 * A connection to reeve-log (wire/log_wire.h), which PID 1 makes for whoever it lets in. Blocking,
 * with a deadline where the caller wants one.
 */

#include "supervisor/ctl/client.h"
#include "supervisor/wire/log_wire.h"

struct log_reader {
    int fd; /* -1: not connected */
    char packet[LOG_PACKET_MAX];
};

/* Asks PID 1 for one. 0, or a negative errno that has been told on stderr unless `is_quiet`. */
int log_reader_open(struct log_reader *reader, struct client *client, bool is_quiet) MUST_CHECK;
void log_reader_close(struct log_reader *reader);

int log_reader_ask(struct log_reader *reader, const struct log_request *request) MUST_CHECK;

/* The next packet, which lasts until the next call. 0; -ETIMEDOUT; -EPIPE when reeve-log has gone;
 * -EBADMSG. `timeout_ms` negative: for ever. */
int log_reader_next(struct log_reader *reader, int timeout_ms,
                    struct log_packet *ret_packet) MUST_CHECK;

#endif
