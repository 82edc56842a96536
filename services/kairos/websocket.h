/*
 * A WebSocket client and a small HTTP GET, over libwebsockets; websocket.c is the only file that
 * knows it.
 *
 * One thread uses a loop and its connections: every call below blocks that thread until it has its
 * answer, its deadline has come, or the loop was cancelled. Deadlines are CLOCK_MONOTONIC
 * microseconds (clock.h). Any thread may call loop_wake() and loop_cancel().
 *
 * Errors: -ETIMEDOUT, -ECANCELED (loop_cancel), -ECONNREFUSED and what else connect(2) says,
 * -ECONNRESET (the peer closed), -EPROTO (it is no WebSocket or HTTP server, or refused),
 * -EMSGSIZE, -ENOMEM.
 */
#ifndef SERVICES_KAIROS_WEBSOCKET_H
#define SERVICES_KAIROS_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

struct loop;
struct websocket;

/* A server by IP address or name, and what is asked of it. */
struct endpoint {
    const char *host;
    int port;
    const char *path;
};

/* The biggest message that is taken in: a screenshot of a large page in base64 stays below. */
#define WEBSOCKET_MESSAGE_MAX ((size_t)64 * 1024 * 1024)

int loop_new(struct loop **ret_loop) __attribute__((warn_unused_result));
void loop_free(struct loop *loop);

/* Makes a loop_idle() return early. */
void loop_wake(struct loop *loop);
/* Makes every call return -ECANCELED, now and from now on. */
void loop_cancel(struct loop *loop);

/* Waits until the deadline, a wake-up, or the end of the connection (`socket` may be NULL). 0 or an
 * error. */
int loop_idle(struct loop *loop, const struct websocket *socket, uint64_t deadline_us)
    __attribute__((warn_unused_result));

/* The body of a 200 answer, up to 64 kB, from malloc and terminated. */
int loop_http_get(struct loop *loop, const struct endpoint *endpoint, uint64_t deadline_us,
                  char **ret_body) __attribute__((warn_unused_result));

int websocket_open(struct loop *loop, const struct endpoint *endpoint, uint64_t deadline_us,
                   struct websocket **ret_socket) __attribute__((warn_unused_result));
/* Accepts NULL. */
void websocket_close(struct websocket *socket);

int websocket_send(struct websocket *socket, const char *text, uint64_t deadline_us)
    __attribute__((warn_unused_result));
/* The next text message, from malloc and terminated; its length without the terminator. */
int websocket_receive(struct websocket *socket, uint64_t deadline_us, char **ret_text,
                      size_t *ret_length) __attribute__((warn_unused_result));

#endif
