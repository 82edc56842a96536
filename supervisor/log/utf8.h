#ifndef REEVE_LOG_UTF8_H
#define REEVE_LOG_UTF8_H

/* Which bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The length of the sequence at the start of `text` (1 to 4); 0 when there is no well-formed one.
 */
static inline size_t utf8_sequence(const char *text, size_t length)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (length == 0)
        return 0;
    if (byte[0] < 0x80)
        return 1;
    size = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    if (byte[0] < 0xc2 || byte[0] > 0xf4 || length < size)
        return 0;
    /* Only the second byte has a narrower range, and only after these four. */
    if (byte[0] == 0xe0)
        low = 0xa0;
    else if (byte[0] == 0xed)
        high = 0x9f;
    else if (byte[0] == 0xf0)
        low = 0x90;
    else if (byte[0] == 0xf4)
        high = 0x8f;
    if (byte[1] < low || byte[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

/*
 * How many bytes at the start of `text` are certainly printable ASCII, in steps of eight. Nearly
 * all of a log is, and this looks at eight bytes at once: a byte below 0x20 borrows into its top
 * bit, 0x7f carries into it, and from 0x80 on it is set. (A borrow or carry into the next byte
 * needs a byte that is caught itself.)
 */
static inline size_t utf8_plain_run(const char *text, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t run = 0;

    for (; run + 8 <= length; run += 8) {
        uint64_t word;

        memcpy(&word, text + run, 8);
        if (((word - 0x20 * ones) | (word + ones) | word) & (0x80 * ones))
            break;
    }
    return run;
}

static inline bool utf8_is_valid(const char *text, size_t length)
{
    for (size_t i = utf8_plain_run(text, length); i < length;) {
        size_t size = utf8_sequence(text + i, length - i);

        if (size == 0)
            return false;
        i += size;
        i += utf8_plain_run(text + i, length - i);
    }
    return true;
}

#endif
