#include "tests/unit/generate.h"

#include <stdio.h>
#include <string.h>

/* splitmix64 */
static uint64_t chance;

void chance_seed(uint64_t seed)
{
    chance = seed;
}

unsigned roll(size_t sides)
{
    uint64_t mixed = chance += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((mixed ^ (mixed >> 31)) % sides);
}

const char *one_of(const char *const *list, size_t count)
{
    return list[roll(count)];
}

void put(struct text *text, const char *piece)
{
    size_t length = strlen(piece);

    if (text->length + length >= sizeof(text->bytes))
        return;
    memcpy(text->bytes + text->length, piece, length + 1);
    text->length += length;
}

void put_number(struct text *text, const char *format, unsigned number)
{
    char piece[32];

    snprintf(piece, sizeof(piece), format, number);
    put(text, piece);
}

/* What nobody means: a byte more, less, or another. */
void spoil(struct text *text, size_t from)
{
    static const char *const bytes[] = { " ", "\"", "'", "\\", "%", "$",  ";", "#", "=",
                                         "-", "+",  "~", "!",  "/", "..", ":", "x", "0",
                                         "9", ".",  ",", "@",  "|", "{",  "}", "é", "\t" };
    const char *piece = one_of(bytes, ARRAY_SIZE(bytes));
    size_t room = text->length - from, at = from + (room ? roll(room + 1) : 0),
           length = strlen(piece);

    switch (roll(3)) {
    case 0:
        if (at < text->length && (unsigned char)text->bytes[at] < 0x80) {
            memmove(text->bytes + at, text->bytes + at + 1, text->length - at);
            text->length--;
        }
        break;
    default:
        while (at < text->length && ((unsigned char)text->bytes[at] & 0xc0) == 0x80)
            at++;
        if (text->length + length >= sizeof(text->bytes))
            return;
        memmove(text->bytes + at + length, text->bytes + at, text->length - at + 1);
        memcpy(text->bytes + at, piece, length);
        text->length += length;
        break;
    }
}
