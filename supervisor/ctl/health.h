#ifndef REEVE_CTL_HEALTH_H
#define REEVE_CTL_HEALTH_H

/*
 * `reevectl health`: asks the pod's health port, for HEALTHCHECK in images without curl. Plain
 * HTTP/1.0, one request, blocking with a deadline; no redirects.
 */

#include "supervisor/unit/macro.h"

/* Where reeve-health listens unless REEVE_HEALTH_LISTEN says otherwise. */
#define HEALTH_LISTEN_DEFAULT "127.0.0.1:8090"

enum { HEALTH_ANSWER_SIZE = 64 * 1024, HEALTH_TEXT_SIZE = 512, HEALTH_URL_SIZE = 512 };

struct health_url {
    char host[256], port[8], path[512];
};

/* 0 or -EINVAL; understands http://HOST[:PORT][/PATH], HOST may be [IPv6]. */
int health_parse_url(const char *url, struct health_url *ret_url) MUST_CHECK;

/*
 * The status code of an answer, or -EBADMSG; `text` gets one line for a person: the first "status"
 * of a JSON body, otherwise the reason phrase.
 */
int health_parse_answer(const char *answer, char text[HEALTH_TEXT_SIZE]) MUST_CHECK;

/* Asks; prints one line on stdout. The exit status: 0 when the answer was 200, 1 otherwise. */
int health_run(const char *url, int timeout_ms);

#endif
