#include "supervisor/log/line.h"

#include <string.h>

void line_release(struct line_splitter *splitter)
{
    free(splitter->partial);
    *splitter = (struct line_splitter){ 0 };
}

static void emit(struct line_splitter *splitter, const char *text, size_t length,
                 const struct line_taker *taker)
{
    struct line line = {
        .text = text,
        .length = length,
        .priority = splitter->priority,
        .has_priority = splitter->has_priority,
        .is_continuation = splitter->is_continuation,
    };

    if (!splitter->is_continuation) {
        line.priority = LINE_PRIORITY_DEFAULT;
        line.has_priority = !splitter->keeps_prefix && length >= 3 && text[0] == '<' &&
                            text[1] >= '0' && text[1] <= '7' && text[2] == '>';
        if (line.has_priority) {
            line.priority = text[1] - '0';
            line.text += 3;
            line.length -= 3;
        }
    }
    splitter->has_priority = line.has_priority;
    splitter->priority = line.priority;
    taker->take(taker->context, &line);
}

/* Grows by doubling: most units never hold more than a few hundred bytes here. */
static bool reserve(struct line_splitter *splitter, size_t needed)
{
    size_t capacity = splitter->capacity ? splitter->capacity : 256;
    char *grown;

    if (needed <= splitter->capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    grown = realloc(splitter->partial, capacity);
    if (!grown)
        return false;
    splitter->partial = grown;
    splitter->capacity = capacity;
    return true;
}

static void keep(struct line_splitter *splitter, const char *bytes, size_t length,
                 const struct line_taker *taker)
{
    if (length == 0)
        return;
    if (!reserve(splitter, splitter->used + length)) {
        /* Better a line in two pieces than a lost one. */
        if (splitter->used > 0)
            emit(splitter, splitter->partial, splitter->used, taker);
        splitter->is_continuation = splitter->is_continuation || splitter->used > 0;
        splitter->used = 0;
        emit(splitter, bytes, length, taker);
        splitter->is_continuation = true;
        return;
    }
    memcpy(splitter->partial + splitter->used, bytes, length);
    splitter->used += length;
}

size_t line_cut_point(const char *text, size_t length)
{
    for (size_t back = 1; back <= 3 && back < length; back++) {
        unsigned char byte = (unsigned char)text[length - back];
        size_t sequence = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;

        if ((byte & 0xc0) == 0x80)
            continue;
        return sequence > back ? length - back : length;
    }
    return length;
}

static void split(struct line_splitter *splitter, const struct line_taker *taker)
{
    size_t cut = line_cut_point(splitter->partial, splitter->used);

    emit(splitter, splitter->partial, cut, taker);
    splitter->is_continuation = true;
    memmove(splitter->partial, splitter->partial + cut, splitter->used - cut);
    splitter->used -= cut;
}

static const char *find_end(const char *bytes, size_t length)
{
    const char *newline = memchr(bytes, '\n', length);
    const char *nul = memchr(bytes, '\0', newline ? (size_t)(newline - bytes) : length);

    return nul ? nul : newline;
}

static void finish_line(struct line_splitter *splitter, const char *bytes, const char *end,
                        const struct line_taker *taker)
{
    size_t length = (size_t)(end - bytes);
    bool is_empty = splitter->used + length == 0;

    if (splitter->used > 0) {
        keep(splitter, bytes, length, taker);
        if (splitter->used > 0)
            emit(splitter, splitter->partial, splitter->used, taker);
    } else if (!is_empty || (*end == '\n' && !splitter->is_continuation)) {
        emit(splitter, bytes, length, taker);
    }
    splitter->used = 0;
    splitter->is_continuation = false;
}

void line_feed(struct line_splitter *splitter, const char *bytes, size_t length,
               const struct line_taker *taker)
{
    while (length > 0) {
        size_t room = LINE_MAX_BYTES - splitter->used;
        /* One more than there is room for: a line of exactly the maximum is whole. */
        const char *end = find_end(bytes, length <= room ? length : room + 1);
        size_t taken = end ? (size_t)(end - bytes) + 1 : length <= room ? length : room;

        if (end) {
            finish_line(splitter, bytes, end, taker);
        } else {
            keep(splitter, bytes, taken, taker);
            if (taken < length && splitter->used == LINE_MAX_BYTES)
                split(splitter, taker);
        }
        bytes += taken;
        length -= taken;
    }
}

void line_flush(struct line_splitter *splitter, const struct line_taker *taker)
{
    if (splitter->used > 0)
        emit(splitter, splitter->partial, splitter->used, taker);
    splitter->used = 0;
    splitter->is_continuation = false;
}
