#ifndef REEVE_LOG_LAST_WORDS_H
#define REEVE_LOG_LAST_WORDS_H

/*
 * Why a pod ends that failed: PID 1 tells it (WIRE_LAST_WORDS) when it lets us go, and we add what
 * the culprit said last. It goes to the log, and to the file that Kubernetes shows as the
 * container's termination message. PID 1 has opened that file, but it may lie on a disk that hangs:
 * writing is for us.
 */

#include "supervisor/log/output.h"
#include "supervisor/log/ring.h"
#include "supervisor/wire/wire.h"

enum {
    LAST_LINES = 5,
    LAST_LINE_SIZE = 512,        /* of each, as much as is shown */
    TERMINATION_LOG_SIZE = 4096, /* what Kubernetes reads */
};

/* All zero: nothing is due. */
struct last_words {
    bool is_due;
    int fd; /* owned while they are due; -1: there is no such file */
    struct wire_last_words words;
    char text[TERMINATION_LOG_SIZE + 1]; /* what goes into the file */
    size_t used;
};

/* What PID 1 said last counts; takes over the descriptor. */
void last_words_take(struct last_words *words, const struct wire_last_words *message, int fd);

/* At the very end, when all lines are in the ring; nothing unless they are due. The outputs may be
 * those of nobody. */
void last_words_say(struct last_words *words, struct ring *ring, struct output *out,
                    struct output *file);

#endif
