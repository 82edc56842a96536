/*
 * Whatever comes to the sockets of the journal: the same bytes as a datagram of syslog(3), as one
 * of sd_journal_send(3), as the head of a stream, and as a name in PID 1's store. What is taken out
 * of them lies within them, can be shown and kept, and no name can drive a terminal. How to run it:
 * fuzz_unit.c.
 */
#include "supervisor/log/entry.h"
#include "supervisor/log/format.h"
#include "supervisor/log/stream.h"
#include "supervisor/log/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct counting_sink {
    struct sink sink;
    bool has_control;
    size_t used;
};

static void put(struct sink *sink, const char *bytes, size_t length)
{
    struct counting_sink *counting = (struct counting_sink *)sink;

    counting->used += length;
    for (size_t i = 0; i < length; i++)
        counting->has_control = counting->has_control ||
                                ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n') ||
                                bytes[i] == 0x7f;
}

static void check_name(const char *name)
{
    assert(strlen(name) < LOG_NAME_SIZE && utf8_is_valid(name, strlen(name)));
    for (; *name; name++)
        assert((unsigned char)*name >= ' ' && *name != 0x7f);
}

/* All of the fields can be read back. */
static void check_fields(const struct log_packet *packet)
{
    struct log_field field;
    size_t at = 0;

    while (log_wire_field(packet, &at, &field))
        assert(field.name_length > 0 && field.name_length <= ENTRY_FIELD_NAME_MAX);
    assert(at == packet->fields_length);
}

static void check_entry(const struct entry *entry, const char *bytes, size_t size)
{
    static char buffer[LOG_PACKET_MAX];
    struct log_packet packet = {
        .kind = LOG_LINE,
        .unit = LOG_NO_UNIT,
        .identifier = entry->identifier,
        .priority = entry->priority,
        .stream = LOG_STREAM_JOURNAL,
        .fields = entry->fields,
        .fields_length = entry->fields_length,
        .text = entry->text,
        .length = entry->length < LOG_TEXT_MAX ? entry->length : LOG_TEXT_MAX,
    };
    struct log_packet back;
    struct counting_sink sink = { .sink.put = put };
    struct formatter formatter = { .format = FORMAT_JSON };

    assert(entry->priority <= 7 && entry->fields_length <= sizeof(entry->fields));
    assert(entry->text >= bytes && entry->text + entry->length <= bytes + size);
    check_name(entry->identifier);
    check_fields(&packet);
    format_record(&formatter, &packet, &sink.sink);
    assert(sink.used > 0 && !sink.has_control);
    assert(log_wire_decode(buffer, log_wire_encode(&packet, buffer), &back));
    check_fields(&back);
}

/* What stands in a name gives the same name again. */
static void check_stored(const char *text)
{
    char name[STREAM_NAME_SIZE], again[STREAM_NAME_SIZE];
    struct stored_stream stream;

    if (!stream_name_parse(text, &stream))
        return;
    check_name(stream.head.identifier);
    stream_name(&stream, name);
    assert(stream_name_parse(name, &stream));
    stream_name(&stream, again);
    assert(strcmp(name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct entry entry;
    struct stream_head head;
    char *bytes = malloc(size + 1); /* of its own, so that a sanitizer sees where it ends */
    size_t at = 0, before = 0;
    ssize_t taken;

    assert(bytes);
    memcpy(bytes, data, size);
    bytes[size] = '\0';
    check_stored(bytes);
    bytes = realloc(bytes, size > 0 ? size : 1);
    assert(bytes);
    entry_from_syslog(bytes, size, &entry);
    check_entry(&entry, bytes, size);
    while (entry_from_native(bytes, size, &at, &entry)) {
        assert(at > before && at <= size);
        before = at;
        check_entry(&entry, bytes, size);
    }
    taken = stream_head_parse(bytes, size, &head);
    assert(taken <= (ssize_t)size);
    if (taken > 0) {
        assert(head.priority <= 7);
        check_name(head.identifier);
    }
    free(bytes);
    return 0;
}
