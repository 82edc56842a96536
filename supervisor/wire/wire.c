#include "supervisor/wire/wire.h"

#include <string.h>

static const size_t sizes[] = {
    [WIRE_HELLO] = sizeof(struct wire_hello),
    [WIRE_UNIT] = sizeof(struct wire_unit),
    [WIRE_STATE] = sizeof(struct wire_state),
    [WIRE_POD] = sizeof(struct wire_pod),
    [WIRE_SYNCED] = sizeof(struct wire_header),
    [WIRE_SOURCE] = sizeof(struct wire_source),
    [WIRE_HEALTH] = sizeof(struct wire_health),
    [WIRE_VERDICT] = sizeof(struct wire_verdict),
    [WIRE_REQUEST] = sizeof(struct wire_request),
    [WIRE_REPLY] = sizeof(struct wire_reply),
    [WIRE_PROPERTY] = sizeof(struct wire_property),
    [WIRE_PROCESSES] = sizeof(struct wire_processes),
    [WIRE_MORE] = sizeof(struct wire_more),
    [WIRE_RULES] = sizeof(struct wire_rules),
    [WIRE_RULE] = sizeof(struct wire_rule),
    [WIRE_READER] = sizeof(struct wire_header),
    [WIRE_MASKS] = sizeof(struct wire_header),
    [WIRE_NAMESPACE] = sizeof(struct wire_header),
    [WIRE_HISTORY] = sizeof(struct wire_history),
    [WIRE_LAST_WORDS] = sizeof(struct wire_last_words),
    [WIRE_WORDS] = sizeof(struct wire_words),
    [WIRE_JOURNAL] = sizeof(struct wire_journal),
};

size_t wire_size(unsigned type)
{
    return type < ARRAY_SIZE(sizes) ? sizes[type] : 0;
}

void wire_begin(union wire_message *message, enum wire_type type)
{
    memset(message, 0, sizeof(*message));
    message->header.type = (uint16_t)type;
    message->header.version = WIRE_VERSION;
    message->header.size = (uint32_t)wire_size(type);
}

#define END(field) (field)[sizeof(field) - 1] = '\0'

static void terminate_strings(union wire_message *message)
{
    switch ((enum wire_type)message->header.type) {
    case WIRE_HELLO:
        END(message->hello.version);
        END(message->hello.target);
        break;
    case WIRE_UNIT:
        END(message->unit.name);
        END(message->unit.description);
        END(message->unit.health_command);
        END(message->unit.required);
        break;
    case WIRE_STATE:
        END(message->state.sub);
        END(message->state.result);
        END(message->state.status);
        break;
    case WIRE_SOURCE:
        END(message->source.name);
        break;
    case WIRE_RULES:
        END(message->rules.identifier);
        break;
    case WIRE_RULE:
        END(message->rule.text);
        break;
    case WIRE_HEALTH:
        END(message->health.probe);
        END(message->health.message);
        break;
    case WIRE_VERDICT:
        END(message->verdict.root);
        END(message->verdict.cause);
        break;
    case WIRE_REQUEST:
        END(message->request.unit);
        break;
    case WIRE_REPLY:
        END(message->reply.text);
        END(message->reply.job_result);
        END(message->reply.unit_result);
        break;
    case WIRE_PROPERTY:
        END(message->property.name);
        END(message->property.text);
        break;
    case WIRE_MORE:
        END(message->more.text);
        break;
    case WIRE_POD:
    case WIRE_SYNCED:
    case WIRE_PROCESSES:
    case WIRE_READER:
    case WIRE_JOURNAL:
    case WIRE_MASKS:
    case WIRE_NAMESPACE:
        break;
    case WIRE_LAST_WORDS:
        END(message->last_words.unit);
        END(message->last_words.text);
        break;
    case WIRE_WORDS:
        END(message->words.words.probe);
        END(message->words.words.message);
        break;
    case WIRE_HISTORY:
        if (message->history.count > WIRE_HISTORY_MAX)
            message->history.count = WIRE_HISTORY_MAX;
        break;
    }
}

bool wire_check(union wire_message *message, size_t length)
{
    if (length < sizeof(message->header) || message->header.version != WIRE_VERSION ||
        length != wire_size(message->header.type) || message->header.size != length)
        return false;
    terminate_strings(message);
    return true;
}

void wire_copy(char *target, size_t size, const char *text)
{
    size_t length = strnlen(text, size);

    if (length == size)
        /* Step back over the continuation bytes 10xxxxxx of a sequence that would be cut. */
        for (length = size - 1; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memcpy(target, text, length);
    memset(target + length, 0, size - length);
}

const char *wire_active_string(unsigned active)
{
    static const char *const words[] = {
        [WIRE_INACTIVE] = "inactive", [WIRE_ACTIVATING] = "activating",
        [WIRE_ACTIVE] = "active",     [WIRE_DEACTIVATING] = "deactivating",
        [WIRE_FAILED] = "failed",     [WIRE_RELOADING] = "reloading",
    };

    return active < ARRAY_SIZE(words) ? words[active] : "?";
}

const char *wire_health_string(unsigned health_word)
{
    static const char *const words[] = {
        [WIRE_HEALTH_NONE] = "none",
        [WIRE_HEALTH_STARTING] = "starting",
        [WIRE_HEALTH_HEALTHY] = "healthy",
        [WIRE_HEALTH_UNHEALTHY] = "unhealthy",
    };

    return health_word < ARRAY_SIZE(words) ? words[health_word] : "?";
}

const char *wire_verdict_string(unsigned word)
{
    static const char *const words[] = {
        [WIRE_VERDICT_STARTING] = "starting", [WIRE_VERDICT_HEALTHY] = "healthy",
        [WIRE_VERDICT_DEGRADED] = "degraded", [WIRE_VERDICT_UNHEALTHY] = "unhealthy",
        [WIRE_VERDICT_STOPPING] = "stopping",
    };

    return word < ARRAY_SIZE(words) ? words[word] : "?";
}
