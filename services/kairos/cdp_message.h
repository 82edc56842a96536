/*
 * Messages of the Chrome DevTools protocol, as text and as data. Pure: no socket, no clock, no log.
 *
 * A command is {"id", "method", "params", "sessionId"?}; what comes back is a reply (same id,
 * "result" or "error") or an event ("method", "params"). Source:
 * https://chromedevtools.github.io/devtools-protocol/, which is JSON-RPC 2.0 without the "jsonrpc"
 * member, plus "sessionId" in flat mode.
 *
 * Whoever can answer on the DevTools port is not trusted: anything that is none of the three is
 * -EBADMSG.
 */
#ifndef SERVICES_KAIROS_CDP_MESSAGE_H
#define SERVICES_KAIROS_CDP_MESSAGE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define CDP_NAME_MAX 128
#define CDP_TEXT_MAX 256

enum cdp_kind {
    CDP_REPLY,
    CDP_ERROR,
    CDP_EVENT,
};

struct cdp_message {
    enum cdp_kind kind;
    uint64_t id;                /* reply and error */
    char session[CDP_NAME_MAX]; /* "" for the browser itself */
    char method[CDP_NAME_MAX];  /* event */
    int64_t error_code;         /* error */
    char error_text[CDP_TEXT_MAX];
    json_t *body; /* reply: result; event: params; owned, NULL for an error */
};

struct cdp_command {
    uint64_t id;
    const char *session; /* NULL: to the browser itself */
    const char *method;
    json_t *params; /* borrowed; NULL: none */
};

/* The text to send, from malloc; NULL when memory is short or a string is not UTF-8. */
char *cdp_encode(const struct cdp_command *command) __attribute__((warn_unused_result));

/* Returns 0, -EBADMSG (not JSON, or not one of the three shapes) or -ENOMEM. Untouched on failure.
 */
int cdp_decode(const char *text, size_t length, struct cdp_message *ret_message)
    __attribute__((warn_unused_result));

/* Accepts an empty message. */
void cdp_message_release(struct cdp_message *message);

/* Members of results, by type, so that no caller trusts a shape: NULL or the fallback when it is
 * not so. */
const char *cdp_string(const json_t *object, const char *key);
int64_t cdp_integer(const json_t *object, const char *key, int64_t fallback);

/*
 * What Runtime.evaluate says: the value (borrowed) when it returned one, else NULL with the
 * exception's text in `problem`.
 */
const json_t *cdp_evaluated(const json_t *result, char *problem, size_t size);

#endif
