#ifndef REEVE_WIRE_LOG_TOTALS_H
#define REEVE_WIRE_LOG_TOTALS_H

/*
 * What reeve-log has counted of one unit since the pod has begun: it outlives reeve-log, and only
 * grows. Sent as the text of a packet LOG_TOTALS (log_wire.h), and kept like this in memory. What
 * belongs to no unit, lines that one of the outputs did not take, is counted for
 * "reeve-log.service". Lines that come twice, since reeve-log was killed, count twice.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

struct log_packet;

/* Why a line did not get any further. */
enum log_drop {
    LOG_DROP_LEVEL,    /* LogLevelMax= */
    LOG_DROP_FILTER,   /* LogFilterPatterns= */
    LOG_DROP_RATE,     /* LogRateLimitBurst= */
    LOG_DROP_OVERFLOW, /* LogOverflow=, standard output was slow: it is kept all the same */
    LOG_DROPS,
};

enum log_target { LOG_TARGET_STDOUT, LOG_TARGET_FILE, LOG_TARGETS };

enum { LOG_PRIORITIES = 8, LOG_STREAMS = 6 };

struct log_totals {
    uint64_t lines[LOG_PRIORITIES];  /* taken over */
    uint64_t bytes[LOG_STREAMS];     /* of these, by enum log_stream */
    uint64_t dropped[LOG_DROPS];     /* lines */
    uint64_t unwritten[LOG_TARGETS]; /* lines: the output has gone, or its disk is full */
    uint64_t errors[LOG_TARGETS];    /* writes that failed */
};

/* False: it is none, or not of that size. */
bool log_totals_read(const struct log_packet *packet, struct log_totals *ret_totals) MUST_CHECK;

/* Words for labels: "rate-limit"; "stdout". */
const char *log_drop_string(enum log_drop reason);
const char *log_target_string(enum log_target target);
const char *log_stream_string(unsigned stream);     /* "stdout", "stderr", "syslog" …; "other" */
const char *log_priority_string(unsigned priority); /* "emerg" … "debug" */

#endif
