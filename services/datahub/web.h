/*
 * DataHub's addresses: a request in, an answer out. Runs in the HTTP server's thread and has its
 * own connection to Redis; when the market's thread knows that Redis is away, nobody waits for it
 * here.
 */
#ifndef SERVICES_DATAHUB_WEB_H
#define SERVICES_DATAHUB_WEB_H

#include "services/common/http.h"
#include "services/datahub/status.h"
#include "services/datahub/store.h"
#include "services/datahub/symbol.h"

struct web {
    const struct symbol_list *symbols;
    struct store *store; /* for this thread alone */
    struct status *status;
    const char *redis; /* its address, for people */
};

/* An http_handler; the context is a struct web. */
struct http_answer web_answer(void *context, const struct http_request *request);

#endif
