#ifndef REEVE_HEALTH_LISTEN_H
#define REEVE_HEALTH_LISTEN_H

/* The address of the health port: ADDRESS:PORT, [ADDRESS6]:PORT or localhost:PORT; digits only. */

#include "supervisor/unit/macro.h"

#include <netinet/in.h>

struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t length;
};

/* 0 or -EINVAL. */
int listen_address_parse(const char *text, struct listen_address *ret_address) MUST_CHECK;
/* A listening, non-blocking descriptor; or a negative errno of socket(2), bind(2) or listen(2). */
int listen_open(const struct listen_address *address) MUST_CHECK;
/* One sentence for a person: what is in the way at `text`, and what to do. */
void listen_explain(const char *text, int error, size_t size, char *ret_sentence);

#endif
