/*
 * What Kairos answers over HTTP. Nothing here waits for the browser; a POST only queues.
 */
#ifndef SERVICES_KAIROS_WEB_H
#define SERVICES_KAIROS_WEB_H

#include "services/common/http.h"
#include "services/kairos/board.h"
#include "services/kairos/worker.h"

struct web {
    struct board *board;
    struct worker *worker; /* NULL in tests */
};

/* The part of a request that decides, apart from the server, for tests. */
struct web_request {
    const char *method;
    const char *path;   /* without the query */
    const char *origin; /* headers, or NULL */
    const char *host;
};

struct http_answer web_answer(const struct web *web, const struct web_request *request);

/* The http_handler; its context is a struct web. */
struct http_answer web_handle(void *context, const struct http_request *request);

#endif
