/* Chromium's DevTools: GET /json/version has to name the WebSocket that Kairos will connect to. */
#include "supervisor/health/dialogue.h"

#include <jansson.h>
#include <stdio.h>

static enum answer judge_body(struct dialogue *dialogue, const struct http_answer *http)
{
    json_t *body = json_loadb(http->body, http->body_length, 0, NULL);
    const char *socket = json_string_value(json_object_get(body, "webSocketDebuggerUrl"));
    const char *browser = json_string_value(json_object_get(body, "Browser"));
    bool is_good = socket && *socket;

    if (is_good)
        snprintf(dialogue->message, sizeof(dialogue->message), "%.100s",
                 browser ? browser : "DevTools");
    else
        snprintf(dialogue->message, sizeof(dialogue->message),
                 "/json/version has no webSocketDebuggerUrl: these are not DevTools");
    json_decref(body);
    return is_good ? ANSWER_GOOD : ANSWER_BAD;
}

enum answer cdp_judge(struct dialogue *dialogue)
{
    struct http_answer http = { 0 };
    enum answer answer = http_read(dialogue, &http);

    if (answer != ANSWER_GOOD)
        return answer;
    if (http.status != 200)
        return ANSWER_BAD;
    if (!http.is_whole && !dialogue->has_ended && dialogue->heard.length < DIALOGUE_HEARD_MAX)
        return ANSWER_MORE; /* no length given: until the connection ends */
    return judge_body(dialogue, &http);
}
