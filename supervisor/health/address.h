#ifndef REEVE_HEALTH_ADDRESS_H
#define REEVE_HEALTH_ADDRESS_H

/*
 * What HealthCmd= says: whom to ask and how. The grammar, also in reeve-health --help:
 *
 *   http://HOST[:PORT][/PATH]   an answer with a status of 200 to 399, as Kubernetes' httpGet
 *   https://…                   the same over TLS; who the server is, is not verified, as there
 *   redis://[[USER]:PASSWORD@]HOST[:PORT][?password-file=/PATH]   PING is answered by PONG
 *   tcp://HOST:PORT             the connection is accepted
 *   unix:/PATH                  the same on a stream socket; unix:@NAME for an abstract one
 *   x11::N  x11:/PATH           an X server lets a client in (path socket)
 *   cdp://HOST[:PORT]           Chromium's DevTools: /json/version has a webSocketDebuggerUrl
 *   notify:PATTERN              the service's own STATUS= is like that, as fnmatch(3) has it,
 * without flags; with ! in front: is not anything else               a command, words and quotes as
 * in a unit file, no shell; exit status 0 is good
 *
 * Behind an address of http, https or redis may stand what the answer has to be beside: expect.h.
 *
 * HOST is an address in digits, in brackets for IPv6, or localhost (127.0.0.1): nothing is looked
 * up, since a resolver may block. %XX in USER and PASSWORD stands for a byte. Pure: no system
 * calls.
 */

#include "supervisor/health/expect.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/un.h>

enum probe_kind {
    PROBE_COMMAND,
    PROBE_HTTP,
    PROBE_HTTPS,
    PROBE_REDIS,
    PROBE_TCP,
    PROBE_UNIX,
    PROBE_X11,
    PROBE_CDP,
    PROBE_NOTIFY,
};

struct probe_address {
    enum probe_kind kind;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    } socket;
    socklen_t socket_length;               /* 0 for a command */
    char *host;                            /* as written, with the port: "127.0.0.1:8080" */
    char *path;                            /* of an HTTP request, begins with "/" */
    char *user, *password, *password_file; /* NULL: none */
    char *pattern;                         /* of notify: */
    struct expectation *expectations;      /* of http, https and redis */
    char **words;                          /* of a command; NULL-terminated */
};

/*
 * 0; -EINVAL with a sentence in `error` that says what is wrong and names the text; -ENOMEM. What
 * was filled in until then is released.
 */
int probe_address_parse(const char *command, struct probe_address *ret_address, char *error,
                        size_t error_size) MUST_CHECK;
/*
 * Where the host begins in what stands behind redis://: behind the last '@', since a password may
 * have any byte but blanks, unless that one is in the path of password-file=. What stands before it
 * is not for people to see.
 */
const char *redis_host(const char *rest);
/* Accepts an empty address. */
void probe_address_release(struct probe_address *address);

#endif
