/*
 * What Kairos answers over HTTP, apart from the HTTP server: a request as four strings in, an
 * answer out. Nothing here waits for the browser; a POST only queues.
 */
#ifndef SERVICES_KAIROS_WEB_H
#define SERVICES_KAIROS_WEB_H

#include <stddef.h>

#include "services/kairos/board.h"
#include "services/kairos/worker.h"

struct web {
    struct board *board;
    struct worker *worker; /* NULL in tests */
};

struct web_request {
    const char *method;
    const char *path;   /* without the query */
    const char *origin; /* headers, or NULL */
    const char *host;
};

/* Exactly one of `body` (from malloc), `text` (static) and `fd` (>= 0, the receiver closes it) is
 * there. */
struct web_answer {
    int status;
    const char *type;
    const char *allow; /* methods, for 405; else NULL */
    char *body;
    const char *text;
    int fd;
    size_t length;     /* of body or text */
    char location[64]; /* "" or a path */
};

/* The policy of all that is served: nothing from elsewhere, nothing inline, no frame around us. */
#define WEB_POLICY                                                                                 \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "  \
    "'self'; "                                                                                     \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

struct web_answer web_answer(const struct web *web, const struct web_request *request);
void web_answer_release(struct web_answer *answer);

#endif
