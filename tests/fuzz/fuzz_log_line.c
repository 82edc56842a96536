/*
 * Whatever a service writes: in any chunks the same lines come of it, each within what was written,
 * and each can be formatted, kept and read again. How to run it: fuzz_unit.c.
 */
#include "supervisor/log/format.h"
#include "supervisor/log/line.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct digest {
    uint64_t hash;
    size_t lines, bytes;
};

static void mix(struct digest *digest, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        digest->hash = (digest->hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
}

struct counting_sink {
    struct sink sink;
    size_t used;
    bool has_control;
};

/* Nothing that could drive a terminal comes out but colours and the newline at the end. */
static void put(struct sink *sink, const char *bytes, size_t length)
{
    struct counting_sink *counting = (struct counting_sink *)sink;

    counting->used += length;
    for (size_t i = 0; i < length; i++)
        counting->has_control = counting->has_control ||
                                ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n' &&
                                 bytes[i] != '\t' && bytes[i] != '\033') ||
                                bytes[i] == 0x7f;
}

static void check_packet(const struct log_packet *line)
{
    static char buffer[LOG_PACKET_MAX];
    struct log_packet back;

    assert(log_wire_decode(buffer, log_wire_encode(line, buffer), &back));
    assert(back.length == line->length && memcmp(back.text, line->text, line->length) == 0);
}

static void check_line(void *context, const struct line *line)
{
    static const enum log_format formats[] = { FORMAT_SHORT_ISO, FORMAT_JSON, FORMAT_CAT };
    struct digest *digest = context;
    struct log_packet packet = {
        .kind = LOG_LINE,
        .unit = "a.service",
        .identifier = "a",
        .text = line->text,
        .length = line->length,
        .priority = (uint8_t)line->priority,
    };

    assert(line->priority >= 0 && line->priority <= 7 && line->length <= LINE_MAX_BYTES);
    digest->lines++;
    digest->bytes += line->length;
    mix(digest, line->text, line->length);
    mix(digest, "\n", 1);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct counting_sink sink = { .sink.put = put };
        struct formatter formatter = { .format = formats[i] };

        format_record(&formatter, &packet, &sink.sink);
        assert(sink.used > line->length);
        assert(formats[i] == FORMAT_CAT || !sink.has_control);
    }
    check_packet(&packet);
}

static struct digest split(const char *bytes, size_t size, size_t chunk)
{
    struct digest digest = { 0 };
    struct line_taker taker = { .take = check_line, .context = &digest };
    struct line_splitter splitter = { 0 };

    for (size_t at = 0; at < size; at += chunk)
        line_feed(&splitter, bytes + at, size - at < chunk ? size - at : chunk, &taker);
    line_flush(&splitter, &taker);
    line_release(&splitter);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t chunk = size > 0 ? data[0] % 61 + 1U : 1;
    struct digest whole = split((const char *)data, size, size + 1);
    struct digest pieces = split((const char *)data, size, chunk);

    assert(whole.lines == pieces.lines && whole.bytes == pieces.bytes);
    assert(whole.hash == pieces.hash && whole.bytes <= size);
    return 0;
}
