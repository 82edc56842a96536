#include "supervisor/health/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>

struct tls {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    int problem; /* GnuTLS' number of the last failure */
};

struct tls *tls_free(struct tls *tls)
{
    if (!tls)
        return NULL;
    if (tls->session)
        gnutls_deinit(tls->session);
    if (tls->credentials)
        gnutls_certificate_free_credentials(tls->credentials);
    free(tls);
    return NULL;
}

struct tls *tls_new(int fd)
{
    struct tls *tls = calloc(1, sizeof(*tls));

    if (!tls)
        return NULL;
    /* NO_SIGNAL: sends with MSG_NOSIGNAL. */
    if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0 ||
        gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
        gnutls_set_default_priority(tls->session) < 0 ||
        gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0)
        return tls_free(tls);
    gnutls_transport_set_int(tls->session, fd);
    return tls;
}

static int translate(struct tls *tls, int result)
{
    if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
        return -EAGAIN;
    tls->problem = result;
    /* Many servers just close; that is an end, not a failure. */
    return result == GNUTLS_E_PREMATURE_TERMINATION ? 0 : -EPROTO;
}

int tls_handshake(struct tls *tls)
{
    int result;

    do
        result = gnutls_handshake(tls->session);
    while (result < 0 && result != GNUTLS_E_AGAIN && result != GNUTLS_E_PREMATURE_TERMINATION &&
           !gnutls_error_is_fatal(result));
    if (result >= 0)
        return 0;
    if (result == GNUTLS_E_AGAIN)
        return -EAGAIN;
    tls->problem = result;
    return -EPROTO;
}

ssize_t tls_send(struct tls *tls, const void *bytes, size_t length)
{
    ssize_t result = gnutls_record_send(tls->session, bytes, length);

    return result >= 0 ? result : translate(tls, (int)result);
}

ssize_t tls_receive(struct tls *tls, void *bytes, size_t size)
{
    ssize_t result = gnutls_record_recv(tls->session, bytes, size);

    return result >= 0 ? result : translate(tls, (int)result);
}

bool tls_wants_write(const struct tls *tls)
{
    return gnutls_record_get_direction(tls->session) == 1;
}

const char *tls_problem(const struct tls *tls)
{
    return gnutls_strerror(tls->problem);
}
