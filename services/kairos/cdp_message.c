#include "services/kairos/cdp_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char *cdp_encode(const struct cdp_command *command)
{
    json_t *object =
        json_pack("{s:I, s:s}", "id", (json_int_t)command->id, "method", command->method);
    char *text = NULL;

    if (object == NULL)
        return NULL;
    if ((command->params == NULL || json_object_set(object, "params", command->params) == 0) &&
        (command->session == NULL ||
         json_object_set_new(object, "sessionId", json_string(command->session)) == 0))
        text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

/* Copies a string member into a fixed field; an absent one is "", one that does not fit is an
 * error. */
static int copy_name(const json_t *object, const char *key, char *field, size_t size)
{
    const json_t *value = json_object_get(object, key);

    field[0] = '\0';
    if (value == NULL)
        return 0;
    if (!json_is_string(value) || json_string_length(value) >= size)
        return -EBADMSG;
    (void)snprintf(field, size, "%s", json_string_value(value));
    return 0;
}

static int decode_error(const json_t *error, struct cdp_message *message)
{
    if (!json_is_object(error))
        return -EBADMSG;
    message->kind = CDP_ERROR;
    message->error_code = cdp_integer(error, "code", 0);
    const char *text = cdp_string(error, "message");

    (void)snprintf(message->error_text, sizeof(message->error_text), "%s",
                   text != NULL ? text : "no message");
    return 0;
}

static int decode_answer(const json_t *object, const json_t *id, struct cdp_message *message)
{
    json_t *result = json_object_get(object, "result");
    const json_t *error = json_object_get(object, "error");

    if (!json_is_integer(id) || json_integer_value(id) <= 0 || (result != NULL) == (error != NULL))
        return -EBADMSG;
    message->id = (uint64_t)json_integer_value(id);
    if (error != NULL)
        return decode_error(error, message);
    if (!json_is_object(result))
        return -EBADMSG;
    message->kind = CDP_REPLY;
    message->body = json_incref(result);
    return 0;
}

static int decode_event(json_t *object, struct cdp_message *message)
{
    json_t *params = json_object_get(object, "params");

    if (message->method[0] == '\0' || (params != NULL && !json_is_object(params)))
        return -EBADMSG;
    message->kind = CDP_EVENT;
    message->body = params != NULL ? json_incref(params) : json_object();
    return message->body != NULL ? 0 : -ENOMEM;
}

static int decode_object(json_t *object, struct cdp_message *message)
{
    const json_t *id = json_object_get(object, "id");

    if (!json_is_object(object) ||
        copy_name(object, "sessionId", message->session, sizeof(message->session)) < 0 ||
        copy_name(object, "method", message->method, sizeof(message->method)) < 0)
        return -EBADMSG;
    return id != NULL ? decode_answer(object, id, message) : decode_event(object, message);
}

int cdp_decode(const char *text, size_t length, struct cdp_message *ret_message)
{
    struct cdp_message message = { 0 };
    /* jansson bounds the depth (JSON_PARSER_MAX_DEPTH, 2048), so nesting cannot exhaust the stack.
     */
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

    if (object == NULL)
        return -EBADMSG;
    int error = decode_object(object, &message);

    json_decref(object);
    if (error < 0)
        cdp_message_release(&message);
    else
        *ret_message = message;
    return error;
}

void cdp_message_release(struct cdp_message *message)
{
    json_decref(message->body);
    *message = (struct cdp_message){ 0 };
}

const char *cdp_string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

int64_t cdp_integer(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : fallback;
}

/* The exception object's description has the JavaScript message; its "text" is only "Uncaught". */
static void describe_exception(const json_t *details, char *problem, size_t size)
{
    const char *text = cdp_string(json_object_get(details, "exception"), "description");

    if (text == NULL)
        text = cdp_string(details, "text");
    if (text == NULL)
        text = "unknown exception";
    (void)snprintf(problem, size, "%.*s", (int)strcspn(text, "\r\n"), text);
}

const json_t *cdp_evaluated(const json_t *result, char *problem, size_t size)
{
    const json_t *details = json_object_get(result, "exceptionDetails");

    if (details != NULL) {
        describe_exception(details, problem, size);
        return NULL;
    }
    const json_t *value = json_object_get(json_object_get(result, "result"), "value");

    if (value == NULL)
        (void)snprintf(problem, size, "the page answered without a value");
    return value;
}
