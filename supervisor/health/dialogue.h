#ifndef REEVE_HEALTH_DIALOGUE_H
#define REEVE_HEALTH_DIALOGUE_H

/*
 * What is said and heard in one probe, whatever the connection. A protocol writes its request and
 * then judges all bytes that have come so far, again each time that more have come: no state
 * between calls, no system calls, so that each can be tested with bytes alone. What is heard is
 * bounded by DIALOGUE_HEARD_MAX.
 */

#include "supervisor/health/address.h"
#include "supervisor/health/text.h"
#include "supervisor/wire/wire.h"

enum { DIALOGUE_HEARD_MAX = 64 * 1024, PASSWORD_MAX = 4096 };

enum answer { ANSWER_MORE, ANSWER_GOOD, ANSWER_BAD };

struct dialogue {
    const struct probe_address *address;
    bool is_fresh;       /* the connection is new: nobody has logged in yet */
    struct text request; /* all of it is sent first */
    struct text heard;
    bool has_ended; /* the peer will say no more */
    /* Out: */
    bool may_keep;                /* the connection can serve the next probe */
    char message[WIRE_TEXT_SIZE]; /* one line; not yet cleaned */
};

struct protocol {
    /* 0, or negative errno with a message. NULL: there is nothing to say, a connection is all. */
    int (*ask)(struct dialogue *dialogue);
    enum answer (*judge)(struct dialogue *dialogue);
    bool has_tls;
    /*
     * The connection stays open until the next probe has its own. An X server without -noreset
     * starts all over when its last client leaves, which a probe must not cause.
     */
    bool is_held;
};

/* The protocol of a kind; never for PROBE_COMMAND and PROBE_NOTIFY. */
const struct protocol *protocol_of(enum probe_kind kind);

int redis_ask(struct dialogue *dialogue);
enum answer redis_judge(struct dialogue *dialogue);
int http_ask(struct dialogue *dialogue);
enum answer http_judge(struct dialogue *dialogue);
enum answer cdp_judge(struct dialogue *dialogue);
int x11_ask(struct dialogue *dialogue);
enum answer x11_judge(struct dialogue *dialogue);

/* An answer, for cdp_judge(): ANSWER_GOOD when the status is one of success, and the body complete
 * where its length is known. */
struct http_answer {
    unsigned status;
    const char *head, *body;
    size_t body_length;
    bool is_whole;   /* the body is complete */
    bool is_chunked; /* the body is still in its chunks */
};
enum answer http_read(struct dialogue *dialogue, struct http_answer *ret_answer);

#endif
