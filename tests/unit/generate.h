#ifndef TESTS_UNIT_GENERATE_H
#define TESTS_UNIT_GENERATE_H

/* Pieces of generated inputs: chance with a seed, texts that grow, and settings of units with
 * values that are mostly right and sometimes odd. One seed gives the same on every machine. */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <stdint.h>

/* --- generate_text.c --- */

void chance_seed(uint64_t seed);
/* 0 to sides - 1. */
unsigned roll(size_t sides);
const char *one_of(const char *const *list, size_t count);
#define PICK(...)                                                                                  \
    one_of((const char *const[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

struct text {
    char bytes[4096];
    size_t length;
};

/* What does not fit is left out. */
void put(struct text *text, const char *piece);
void put_number(struct text *text, const char *format, unsigned number);
/* What nobody means: from there on a byte more, less, or another. */
void spoil(struct text *text, size_t from);

/* --- generate_setting.c --- */

void put_time(struct text *text);

struct generated {
    const char *section, *key;
    void (*value)(struct text *text);
};
/* Any setting of a service, or of [Path]. */
const struct generated *generated_setting(void);
const struct generated *generated_path_setting(void);

#endif
