#include "supervisor/log/entry.h"

#include "supervisor/log/utf8.h"

#include <errno.h>
#include <strings.h>

void entry_add(struct entry *entry, const char *name, const char *value, size_t length)
{
    struct log_field field = {
        .name = name, .name_length = strlen(name), .value = value, .length = length
    };

    entry->fields_length =
        log_wire_add_field(entry->fields, sizeof(entry->fields), entry->fields_length, &field);
}

static bool is_control(const char *at, size_t size)
{
    unsigned char byte = (unsigned char)at[0];

    return byte < ' ' || byte == 0x7f ||
           (size == 2 && byte == 0xc2 && (unsigned char)at[1] < 0xa0); /* U+0080 to U+009F */
}

void entry_copy_name(char target[LOG_NAME_SIZE], const char *bytes, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length;) {
        size_t size = utf8_sequence(bytes + i, length - i);
        bool is_shown = size > 0 && !is_control(bytes + i, size);

        if (used + (is_shown ? size : 1) >= LOG_NAME_SIZE)
            break;
        if (is_shown)
            memcpy(target + used, bytes + i, size);
        else
            target[used] = '?';
        used += is_shown ? size : 1;
        i += size > 0 ? size : 1;
    }
    target[used] = '\0';
}

/* --- the head of a stream --- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct part {
    const char *text;
    size_t length;
};

static struct part strip(struct part part)
{
    while (part.length > 0 && is_blank(part.text[part.length - 1]))
        part.length--;
    while (part.length > 0 && is_blank(part.text[0])) {
        part.text++;
        part.length--;
    }
    return part;
}

/* The words of systemd's parse_boolean(). */
static bool read_boolean(struct part part, bool *ret_value)
{
    static const char *const words[] = { "0", "1", "no",    "yes",  "n",   "y",
                                         "f", "t", "false", "true", "off", "on" };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (part.length == strlen(words[i]) && strncasecmp(part.text, words[i], part.length) == 0) {
            *ret_value = i % 2 == 1;
            return true;
        }
    return false;
}

/* A facility may stand in it, as in syslog(3). */
static bool read_priority(struct part part, uint8_t *ret_priority)
{
    unsigned value = 0;

    for (size_t i = 0; i < part.length; i++) {
        if (part.text[i] < '0' || part.text[i] > '9')
            return false;
        value = 10 * value + (unsigned)(part.text[i] - '0');
    }
    *ret_priority = value & 7;
    return part.length >= 1 && part.length <= 3;
}

enum head_line { HEAD_IDENTIFIER, HEAD_UNIT, HEAD_PRIORITY, HEAD_PREFIX, HEAD_LINES = 7 };

/* Where its lines come from is not for it to say: the unit is passed over. The last three ask for
 * copies to places that a container has not. */
static bool read_line(enum head_line line, struct part part, struct stream_head *head)
{
    bool ignored;

    if (line == HEAD_IDENTIFIER)
        entry_copy_name(head->identifier, part.text, part.length);
    if (line <= HEAD_UNIT)
        return true;
    if (line == HEAD_PRIORITY)
        return read_priority(part, &head->priority);
    return read_boolean(part, line == HEAD_PREFIX ? &head->has_level_prefix : &ignored);
}

ssize_t stream_head_parse(const char *bytes, size_t length, struct stream_head *ret_head)
{
    struct stream_head head = { 0 };
    const char *at = bytes;

    for (int line = 0; line < HEAD_LINES; line++) {
        size_t left = length - (size_t)(at - bytes);
        const char *end = memchr(at, '\n', left);

        if (!end)
            return length < STREAM_HEAD_MAX ? 0 : -EBADMSG;
        if (!read_line((enum head_line)line, strip((struct part){ at, (size_t)(end - at) }), &head))
            return -EBADMSG;
        at = end + 1;
    }
    *ret_head = head;
    return at - bytes;
}
