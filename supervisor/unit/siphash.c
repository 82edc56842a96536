#include "supervisor/unit/siphash.h"

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    for (; rounds > 0; rounds--) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* Up to eight bytes, the first of them lowest. */
static uint64_t word_of(const char *text, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < length && i < sizeof(word); i++)
        word |= (uint64_t)(unsigned char)text[i] << (8 * i);
    return word;
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v, 2);
    v[0] ^= word;
}

uint64_t siphash(const char *bytes, size_t length, struct siphash_key key)
{
    uint64_t v[] = {
        key.low ^ 0x736f6d6570736575,
        key.high ^ 0x646f72616e646f6d,
        key.low ^ 0x6c7967656e657261,
        key.high ^ 0x7465646279746573,
    };
    size_t at = 0;

    for (; at + 8 <= length; at += 8)
        absorb(v, word_of(bytes + at, 8));
    absorb(v, word_of(bytes + at, length - at) | (uint64_t)length << 56);
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
