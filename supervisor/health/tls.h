#ifndef REEVE_HEALTH_TLS_H
#define REEVE_HEALTH_TLS_H

/*
 * TLS on a connected, non-blocking socket, for https:// probes. GnuTLS, since libmicrohttpd has it
 * loaded already. Who the peer is, is not verified: the address is ours, and what a probe asks is
 * whether anybody answers (Kubernetes' httpGet probes do the same).
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <sys/types.h>

struct tls;

/* NULL when memory is exhausted. The descriptor stays the caller's. */
struct tls *tls_new(int fd) MUST_CHECK;
/* Accepts NULL; says no good-bye, since nobody is to wait for one. Returns NULL. */
struct tls *tls_free(struct tls *tls);

/* 0: secured; -EAGAIN: wait for the socket, and call again; other negative errno with
 * tls_problem(). */
int tls_handshake(struct tls *tls) MUST_CHECK;
/* As send(2) and recv(2), but a negative errno instead of -1. */
ssize_t tls_send(struct tls *tls, const void *bytes, size_t length) MUST_CHECK;
ssize_t tls_receive(struct tls *tls, void *bytes, size_t size) MUST_CHECK;

/* Whether the last -EAGAIN waits for the socket to become writable. */
bool tls_wants_write(const struct tls *tls);
/* What the last failure was, in words. */
const char *tls_problem(const struct tls *tls);

#endif
