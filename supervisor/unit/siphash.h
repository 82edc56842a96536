#ifndef REEVE_UNIT_SIPHASH_H
#define REEVE_UNIT_SIPHASH_H

/* SipHash-2-4 (Aumasson, Bernstein: SipHash, a fast short-input PRF). */

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t low, high;
};

uint64_t siphash(const char *bytes, size_t length, struct siphash_key key);

#endif
