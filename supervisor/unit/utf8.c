#include "supervisor/unit/lexer.h"

#include <ctype.h>

/* Length of the sequence that the first byte announces; 0 for a byte that cannot be a first one. */
static unsigned sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 0;
}

/* Overlong forms, surrogates and what is past U+10FFFF show in the second byte (Unicode, table
 * 3-7). */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    unsigned char low = 0x80, high = 0xbf;

    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    return second >= low && second <= high;
}

bool utf8_is_valid(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at) {
        unsigned length = sequence_length(*at);

        if (length == 0 || (length > 1 && !second_byte_fits(at[0], at[1])))
            return false;
        for (unsigned i = 2; i < length; i++)
            if ((at[i] & 0xc0) != 0x80)
                return false;
        at += length;
    }
    return true;
}

void utf8_clean(char *text)
{
    bool is_utf8 = utf8_is_valid(text);

    for (unsigned char *at = (unsigned char *)text; *at; at++)
        if (iscntrl(*at))
            *at = ' ';
        else if (*at >= 0x80 && !is_utf8)
            *at = '?';
}
