/*
 * A small HTTP/1.1 server for the pod's services: one thread, one handler, GET, HEAD and POST.
 *
 * Everything of libmicrohttpd is behind this file, 0.9.75 (Debian 12) and 1.0 (Debian 13) alike.
 * The handler runs in the server's own thread, one call at a time: it may touch what no other
 * thread touches without a lock, and it must not wait for long, since all clients wait with it. A
 * request's body is read and thrown away; HEAD comes to the handler as HEAD and is answered with
 * the headers of its answer only. Other methods never reach the handler: they are answered with
 * 405.
 *
 * Limits (http.c): 64 connections, 20 s without a byte, 64 kB of request headers, 64 kB of body.
 */
#ifndef SERVICES_COMMON_HTTP_H
#define SERVICES_COMMON_HTTP_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_LOCATION_MAX 64

struct http_server;

/* Valid only while the handler runs; all strings belong to the server. */
struct http_request {
    const char *method; /* "GET", "HEAD" or "POST" */
    const char *path;   /* decoded, begins with '/', without the query */
    void *connection;   /* for the two functions below */
};

/* The decoded value of a query argument (?name=value), NULL when it is not there. The first counts.
 */
const char *http_request_query(const struct http_request *request, const char *name);

/* The value of a header, NULL when it is not there. */
const char *http_request_header(const struct http_request *request, const char *name);

/*
 * Exactly one of `body`, `text` and `fd` (>= 0) is there; start from HTTP_ANSWER_EMPTY. Every
 * answer carries Server, Content-Type, Cache-Control: no-store and X-Content-Type-Options: nosniff.
 */
struct http_answer {
    int status;
    const char *type;                 /* Content-Type, static */
    const char *allow;                /* Allow for 405, static, or NULL */
    const char *policy;               /* Content-Security-Policy, static, or NULL */
    const char *allow_origin;         /* Access-Control-Allow-Origin, static, or NULL */
    char location[HTTP_LOCATION_MAX]; /* Location, or "" */
    char *body;                       /* from malloc, the server frees it */
    const char *text;                 /* lives as long as the program */
    int fd;                           /* a regular file, the server closes it */
    size_t length;                    /* of body or text; the file's size is asked for */
};

#define HTTP_ANSWER_EMPTY                                                                          \
    {                                                                                              \
        .status = 200, .fd = -1                                                                    \
    }

/* Is called in the server's thread. `context` is that of struct http_options. */
typedef struct http_answer http_handler(void *context, const struct http_request *request);

struct http_options {
    const char *address; /* IPv4 or IPv6 in digits; NULL means 127.0.0.1 */
    uint16_t port;       /* 0: the kernel chooses */
    const char *server;  /* for the Server header, such as "datahub/0.1.0" */
    http_handler *handler;
    void *context;
};

/*
 * Listens and serves until http_server_stop(). Errors: -EADDRINUSE, -EADDRNOTAVAIL, -EACCES and
 * what else bind(2) has to say, -EINVAL for an address that is none, -ENOMEM. The options are
 * copied; the strings in them and the context must outlive the server.
 */
int http_server_start(const struct http_options *options, struct http_server **ret_server)
    __attribute__((warn_unused_result));

/* The port that is listened on. */
uint16_t http_server_port(const struct http_server *server);

/* Ends the thread, closes all connections, frees; accepts NULL. */
void http_server_stop(struct http_server *server);

/*
 * Writes one line for people on why http_server_start() failed and what to do about it, without a
 * line end: "127.0.0.1:8080 is in use by another program; stop it or choose another port with
 * --port".
 */
void http_explain(const struct http_options *options, int error, size_t size, char *ret_text);

#endif
