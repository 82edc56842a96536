#include "supervisor/wire/log_wire.h"

#include "supervisor/wire/wire.h"

#include <string.h>

/* What a packet begins with; behind it: unit, NUL, identifier, NUL, fields, text. */
struct head {
    uint16_t version;
    uint8_t kind, priority;
    uint32_t size; /* of the whole */
    uint64_t sequence, number, realtime_us, monotonic_us, dropped;
    uint32_t tag;
    int32_t pid;
    uint8_t stream, flags;
    uint8_t unit_length, identifier_length; /* without their NULs */
    uint32_t fields_length;
};

static size_t name_length(const char *name)
{
    return name ? strnlen(name, LOG_NAME_SIZE - 1) : 0;
}

static char *put(char *to, const char *bytes, size_t length)
{
    if (length > 0)
        memcpy(to, bytes, length);
    return to + length;
}

static char *put_name(char *to, const char *name, size_t length)
{
    to = put(to, name, length);
    *to = '\0';
    return to + 1;
}

size_t log_wire_encode(const struct log_packet *packet, char *buffer)
{
    size_t length = packet->length < LOG_TEXT_MAX ? packet->length : LOG_TEXT_MAX;
    struct head head = {
        .version = LOG_WIRE_VERSION,
        .kind = (uint8_t)packet->kind,
        .priority = packet->priority,
        .sequence = packet->sequence,
        .number = packet->number,
        .realtime_us = packet->realtime_us,
        .monotonic_us = packet->monotonic_us,
        .dropped = packet->dropped,
        .tag = packet->tag,
        .pid = packet->pid,
        .stream = packet->stream,
        .flags = packet->flags,
        .unit_length = (uint8_t)name_length(packet->unit),
        .identifier_length = (uint8_t)name_length(packet->identifier),
        .fields_length =
            packet->fields_length <= LOG_FIELDS_MAX ? (uint32_t)packet->fields_length : 0,
    };
    char *end = buffer + sizeof(head);

    end = put_name(end, packet->unit, head.unit_length);
    end = put_name(end, packet->identifier, head.identifier_length);
    end = put(end, packet->fields, head.fields_length);
    end = put(end, packet->text, length);
    head.size = (uint32_t)(end - buffer);
    memcpy(buffer, &head, sizeof(head));
    return head.size;
}

static bool is_sound(const struct head *head, const char *buffer, size_t length)
{
    size_t least = sizeof(*head) + head->unit_length + head->identifier_length + 2U;
    const char *unit = buffer + sizeof(*head);

    return head->version == LOG_WIRE_VERSION && head->kind >= LOG_LINE &&
           head->kind <= LOG_TOTALS && head->priority <= 7 && head->size == length &&
           head->fields_length <= LOG_FIELDS_MAX && length >= least + head->fields_length &&
           length - least - head->fields_length <= LOG_TEXT_MAX &&
           strnlen(unit, head->unit_length + 1U) == head->unit_length &&
           strnlen(unit + head->unit_length + 1, head->identifier_length + 1U) ==
               head->identifier_length;
}

bool log_wire_decode(const char *buffer, size_t length, struct log_packet *ret_packet)
{
    struct head head;
    const char *unit = buffer + sizeof(head);

    if (length < sizeof(head))
        return false;
    memcpy(&head, buffer, sizeof(head));
    if (!is_sound(&head, buffer, length))
        return false;
    *ret_packet = (struct log_packet){
        .kind = (enum log_kind)head.kind,
        .tag = head.tag,
        .sequence = head.sequence,
        .number = head.number,
        .realtime_us = head.realtime_us,
        .monotonic_us = head.monotonic_us,
        .dropped = head.dropped,
        .pid = head.pid,
        .priority = head.priority,
        .stream = head.stream,
        .flags = head.flags,
        .unit = unit,
        .identifier = unit + head.unit_length + 1,
        .fields = unit + head.unit_length + 1 + head.identifier_length + 1,
        .fields_length = head.fields_length,
    };
    ret_packet->text = ret_packet->fields + head.fields_length;
    ret_packet->length = (size_t)(buffer + length - ret_packet->text);
    return true;
}

static bool read_head(const char *buffer, size_t length, struct head *ret_head)
{
    if (length < sizeof(*ret_head))
        return false;
    memcpy(ret_head, buffer, sizeof(*ret_head));
    return ret_head->version == LOG_WIRE_VERSION;
}

bool log_wire_numbers(const char *buffer, size_t length, uint64_t *ret_sequence,
                      uint64_t *ret_number)
{
    struct head head;

    if (!read_head(buffer, length, &head))
        return false;
    *ret_sequence = head.sequence;
    *ret_number = head.number;
    return true;
}

const char *log_wire_unit(const char *buffer, size_t length)
{
    struct head head;

    return read_head(buffer, length, &head) &&
                   memchr(buffer + sizeof(head), '\0', length - sizeof(head))
               ? buffer + sizeof(head)
               : NULL;
}

void log_wire_set_tag(char *buffer, uint32_t tag)
{
    memcpy(buffer + offsetof(struct head, tag), &tag, sizeof(tag));
}

struct log_request log_wire_request(const char *unit)
{
    struct log_request request = {
        .version = LOG_WIRE_VERSION,
        .size = sizeof(request),
        .lines = LOG_ALL_LINES,
        .lowest_priority = 7,
    };

    wire_copy(request.unit, sizeof(request.unit), unit ? unit : "");
    return request;
}

bool log_wire_check_request(struct log_request *request, size_t length)
{
    if (length != sizeof(*request) || request->version != LOG_WIRE_VERSION ||
        request->size != sizeof(*request))
        return false;
    request->unit[sizeof(request->unit) - 1] = '\0';
    return true;
}

/* --- fields: each is its length in four bytes, then "KEY=value" --- */

bool log_wire_field(const struct log_packet *packet, size_t *at, struct log_field *ret_field)
{
    uint32_t length;
    const char *text, *sign;

    if (*at > packet->fields_length || packet->fields_length - *at < sizeof(length))
        return false;
    memcpy(&length, packet->fields + *at, sizeof(length));
    if (length > packet->fields_length - *at - sizeof(length))
        return false;
    text = packet->fields + *at + sizeof(length);
    sign = memchr(text, '=', length);
    if (!sign || sign == text)
        return false;
    *ret_field = (struct log_field){
        .name = text,
        .name_length = (size_t)(sign - text),
        .value = sign + 1,
        .length = (size_t)(text + length - sign - 1),
    };
    *at += sizeof(length) + length;
    return true;
}

size_t log_wire_add_field(char *fields, size_t size, size_t used, const struct log_field *field)
{
    uint32_t length = (uint32_t)(field->name_length + 1 + field->length);
    char *to = fields + used;

    if (field->name_length + field->length > size || sizeof(length) + length > size - used)
        return used;
    to = put(to, (const char *)&length, sizeof(length));
    to = put(to, field->name, field->name_length);
    to = put(to, "=", 1);
    to = put(to, field->value, field->length);
    return (size_t)(to - fields);
}
