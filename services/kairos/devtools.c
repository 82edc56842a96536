#include "services/kairos/devtools.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/kairos/clock.h"

void devtools_describe(int error, char *text, size_t size)
{
    if (error == -EPROTO)
        (void)snprintf(text, size, "no DevTools answer there");
    else if (error == -ECANCELED)
        (void)snprintf(text, size, "kairos is stopping");
    else if (error == -ETIMEDOUT)
        (void)snprintf(text, size, "no answer in time");
    else if (error == -ECONNRESET)
        (void)snprintf(text, size, "connection lost");
    else
        (void)snprintf(text, size, "%s", strerror(-error));
    text[0] = (char)tolower((unsigned char)text[0]);
}

static int fail(struct devtools *devtools, int error)
{
    devtools_describe(error, devtools->problem, sizeof(devtools->problem));
    return error;
}

/* The path of "ws://HOST:PORT/devtools/browser/UUID"; host and port are those that we were given.
 */
static char *socket_path(const char *body)
{
    json_t *version = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    const char *url = cdp_string(version, "webSocketDebuggerUrl");
    const char *path = url != NULL ? strstr(url, "/devtools/browser/") : NULL;
    char *copy = path != NULL ? strdup(path) : NULL;

    json_decref(version);
    return copy;
}

int devtools_open(struct devtools *devtools, const struct endpoint *endpoint, uint64_t deadline_us)
{
    struct endpoint at = *endpoint;
    char *body = NULL;

    at.path = "/json/version";
    int error = loop_http_get(devtools->loop, &at, deadline_us, &body);

    if (error < 0)
        return fail(devtools, error);
    char *path = socket_path(body);

    free(body);
    if (path == NULL)
        return fail(devtools, -EPROTO);
    at.path = path;
    error = websocket_open(devtools->loop, &at, deadline_us, &devtools->socket);
    free(path);
    return error < 0 ? fail(devtools, error) : 0;
}

void devtools_close(struct devtools *devtools)
{
    websocket_close(devtools->socket);
    devtools->socket = NULL;
}

static int send_call(struct devtools *devtools, const struct devtools_call *call)
{
    struct cdp_command command = { .id = ++devtools->last_id,
                                   .session = call->session,
                                   .method = call->method,
                                   .params = call->params };
    char *text = cdp_encode(&command);

    if (text == NULL)
        return -ENOMEM;
    int error = websocket_send(devtools->socket, text, call->deadline_us);

    free(text);
    return error;
}

/* A tab can end while it is waited for, and then no reply ever comes. */
static bool is_end_of(const struct cdp_message *event, const char *session)
{
    if (session == NULL)
        return false;
    if (strcmp(event->method, "Target.detachedFromTarget") == 0) {
        const char *detached = cdp_string(event->body, "sessionId");

        return detached != NULL && strcmp(detached, session) == 0;
    }
    return strcmp(event->session, session) == 0 &&
           strcmp(event->method, "Inspector.targetCrashed") == 0;
}

/* 1: this was the answer (or the end); 0: something else, wait on; negative: an error. */
static int judge(struct devtools *devtools, const struct devtools_call *call,
                 const struct cdp_message *message)
{
    switch (message->kind) {
    case CDP_EVENT:
        if (!is_end_of(message, call->session))
            return 0;
        (void)snprintf(devtools->problem, sizeof(devtools->problem), "the tab %s",
                       message->session[0] != '\0' ? "crashed" : "was closed");
        return -ENOTCONN;
    case CDP_ERROR:
        if (message->id != devtools->last_id)
            return 0;
        (void)snprintf(devtools->problem, sizeof(devtools->problem), "%.60s: %.180s", call->method,
                       message->error_text);
        return -EREMOTEIO;
    case CDP_REPLY:
        /* An older id is the late reply of a call that was given up. */
        return message->id == devtools->last_id;
    }
    return 0;
}

static int receive(struct devtools *devtools, uint64_t deadline_us, struct cdp_message *message)
{
    char *text = NULL;
    size_t length = 0;
    int error = websocket_receive(devtools->socket, deadline_us, &text, &length);

    if (error < 0)
        return error;
    error = cdp_decode(text, length, message);
    free(text);
    return error;
}

static int await_reply(struct devtools *devtools, const struct devtools_call *call,
                       json_t **ret_result)
{
    for (;;) {
        struct cdp_message message = { 0 };
        int error = receive(devtools, call->deadline_us, &message);

        if (error < 0)
            return fail(devtools, error);
        int verdict = judge(devtools, call, &message);

        if (verdict > 0 && ret_result != NULL)
            *ret_result = json_incref(message.body);
        cdp_message_release(&message);
        if (verdict != 0)
            return verdict < 0 ? verdict : 0;
    }
}

int devtools_call(struct devtools *devtools, struct devtools_call call, json_t **ret_result)
{
    int error = devtools->socket != NULL ? send_call(devtools, &call) : -ECONNRESET;

    if (error < 0)
        (void)fail(devtools, error);
    else
        error = await_reply(devtools, &call, ret_result);
    json_decref(call.params);
    if ((error == 0 || error == -EREMOTEIO) && devtools->listener.heard != NULL)
        devtools->listener.heard(devtools->listener.context, clock_monotonic_us());
    return error;
}
