#include "supervisor/health/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TEXT_FIRST_CAPACITY = 4096 };

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void text_release(struct text *text)
{
    free(text->bytes);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->has_failed = false;
    if (text->bytes)
        text->bytes[0] = '\0';
}

static bool reserve(struct text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : TEXT_FIRST_CAPACITY;
    char *bytes;

    while (capacity - text->length <= more)
        capacity *= 2;
    if (capacity == text->capacity)
        return true;
    bytes = realloc(text->bytes, capacity);
    if (!bytes) {
        text->has_failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void text_append(struct text *text, const char *bytes, size_t length)
{
    if (text->has_failed || !reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_put(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
    char line[512];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(line))
        text->has_failed = true; /* only numbers and names of ours go this way */
    else
        text_append(text, line, (size_t)length);
}

/* The length of the UTF-8 sequence (RFC 3629) at the start of a string; 0: there is none. */
static size_t sequence_length(const char *string)
{
    const unsigned char *byte = (const unsigned char *)string;
    uint32_t point;
    size_t size;

    if (byte[0] < 0x80)
        return 1;
    size = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    if (byte[0] < 0xc2 || byte[0] > 0xf4)
        return 0;
    point = byte[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((byte[i] & 0xc0) != 0x80) /* also at the final NUL */
            return 0;
        point = point << 6 | (byte[i] & 0x3f);
    }
    if ((size == 3 && point < 0x800) || (size == 4 && point < 0x10000) || point > 0x10ffff ||
        (point >= 0xd800 && point <= 0xdfff))
        return 0;
    return size;
}

static void put_json_byte(struct text *text, unsigned char byte)
{
    if (byte == '"' || byte == '\\')
        text_append(text, (char[]){ '\\', (char)byte }, 2);
    else if (byte == '\n')
        text_put(text, "\\n");
    else if (byte == '\t')
        text_put(text, "\\t");
    else
        text_printf(text, "\\u%04x", byte);
}

static bool is_plain_json(unsigned char byte)
{
    return byte >= ' ' && byte != '"' && byte != '\\' && byte != 0x7f;
}

static bool is_plain_label(unsigned char byte)
{
    return byte != '"' && byte != '\\' && byte != '\n';
}

static void put_label_byte(struct text *text, unsigned char byte)
{
    text_append(text, (char[]){ '\\', (char)(byte == '\n' ? 'n' : byte) }, 2);
}

/* Runs of plain bytes go out in one piece; `escape` writes the others. */
static void put_escaped(struct text *text, const char *string, bool (*is_plain)(unsigned char),
                        void (*escape)(struct text *, unsigned char))
{
    const char *run = string;

    while (*string) {
        size_t size = sequence_length(string);

        if (size > 0 && is_plain((unsigned char)*string)) {
            string += size;
            continue;
        }
        text_append(text, run, (size_t)(string - run));
        if (size == 0)
            text_put(text, replacement);
        else
            escape(text, (unsigned char)*string);
        run = ++string;
    }
    text_append(text, run, (size_t)(string - run));
}

void text_put_json(struct text *text, const char *string)
{
    text_put(text, "\"");
    put_escaped(text, string, is_plain_json, put_json_byte);
    text_put(text, "\"");
}

void text_put_label(struct text *text, const char *string)
{
    put_escaped(text, string, is_plain_label, put_label_byte);
}

void text_put_time(struct text *text, uint64_t realtime_us)
{
    time_t second = (time_t)(realtime_us / USEC_PER_SEC);
    struct tm parts;
    char date[32];

    gmtime_r(&second, &parts);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
    text_printf(text, "%s.%03uZ", date, (unsigned)(realtime_us % USEC_PER_SEC / USEC_PER_MSEC));
}

void text_clean(char *target, size_t size, const char *source)
{
    size_t used = 0;

    while (*source) {
        size_t length = sequence_length(source);
        unsigned char byte = (unsigned char)*source;

        if (used + (length ? length : 1) >= size)
            break;
        if (length > 1) {
            memcpy(target + used, source, length);
            used += length;
            source += length;
            continue;
        }
        target[used++] = (char)(length == 0 ? '?' : byte < ' ' || byte == 0x7f ? ' ' : byte);
        source++;
    }
    while (used > 0 && target[used - 1] == ' ')
        used--;
    target[used] = '\0';
}
