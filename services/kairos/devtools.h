/*
 * A session with a running Chromium: find its DevTools socket, send commands, wait for their
 * replies.
 *
 * Used by one thread. A failed call leaves the reason in words in `problem`; after anything but
 * -EREMOTEIO (the browser answered, with an error) and -ENOTCONN (the tab is gone) the connection
 * is of no more use and is to be closed.
 */
#ifndef SERVICES_KAIROS_DEVTOOLS_H
#define SERVICES_KAIROS_DEVTOOLS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "services/kairos/cdp_message.h"
#include "services/kairos/websocket.h"

#define PROBLEM_MAX 256

/* Is told of each reply. */
struct devtools_listener {
    void (*heard)(void *context, uint64_t now_us);
    void *context;
};

struct devtools {
    struct loop *loop;
    struct websocket *socket; /* NULL: not connected */
    uint64_t last_id;
    struct devtools_listener listener;
    char problem[PROBLEM_MAX];
};

struct devtools_call {
    const char *session; /* NULL: the browser itself */
    const char *method;
    json_t *params; /* consumed; NULL: none */
    uint64_t deadline_us;
};

/* `path` of the endpoint is not read: the browser's socket is looked up by /json/version. */
int devtools_open(struct devtools *devtools, const struct endpoint *endpoint, uint64_t deadline_us)
    __attribute__((warn_unused_result));
/* Accepts one that is not connected. */
void devtools_close(struct devtools *devtools);

/* 0 and the result (a new reference), or a negative errno. ret_result may be NULL. */
int devtools_call(struct devtools *devtools, struct devtools_call call, json_t **ret_result)
    __attribute__((warn_unused_result));

/* "connection refused" and the like for an errno of ours, without the capital of strerror. */
void devtools_describe(int error, char *text, size_t size);

#endif
