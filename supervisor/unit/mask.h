#ifndef REEVE_UNIT_MASK_H
#define REEVE_UNIT_MASK_H

/*
 * How log lines are searched for credentials by somebody who does not have them (adr/0029).
 *
 * Each child that reads the credentials of its unit writes fingerprints of them into a table in
 * memory that reeve-log can only look at: the length, twelve bits of a rolling hash, by which
 * nearly all places of a line are passed over, and SipHash of the whole. Both are keyed; the key is
 * reeve's, another one each time.
 *
 * A credential is looked for line by line, in pieces of at most MASK_LENGTH_MAX bytes. What is
 * shorter than MASK_LENGTH_MIN is not looked for: it would be found where it is not meant, and
 * could be guessed from its fingerprint. Pure.
 */

#include "supervisor/unit/macro.h"
#include "supervisor/unit/siphash.h"

#include <stdbool.h>

enum {
    MASK_LENGTH_MIN = 8,
    MASK_LENGTH_MAX = 256,
    MASKS_MAX = 2048, /* of all units; a newer one takes the place of the oldest */
};

struct mask {
    uint64_t unit;   /* mask_unit() */
    uint64_t hash;   /* SipHash */
    uint32_t number; /* counts; written last, 0 while it is being written */
    uint16_t length; /* 0: there is a credential that is too short */
    uint16_t filter; /* of the rolling hash */
};

struct mask_table {
    struct siphash_key key;
    uint64_t base;  /* of the rolling hash; odd */
    uint32_t count; /* so many were begun */
    struct mask list[MASKS_MAX];
};

/* For who makes one, of zeroes: 24 random bytes. */
void mask_table_init(struct mask_table *table, const uint64_t random[3]);

uint64_t mask_unit(const struct mask_table *table, const char *name);

/* For the child: no allocation. What is there already stays. */
void mask_table_add(struct mask_table *table, const char *unit, const char *value, size_t length);

/* For the reader: a copy of those of the unit, at most `size`; how many there are. False, with what
 * there is: one was just being written. */
bool mask_table_find(const struct mask_table *table, uint64_t unit, struct mask *ret_masks,
                     size_t *count_in_out) MUST_CHECK;

/* Marks as covered what one of the masks has found; whether any has. All have the same length. */
struct mask_text {
    const char *text;
    size_t length;
    char *covered; /* of `length` bytes, 0 or 1 */
};
bool mask_search(const struct mask_table *table, const struct mask *masks, size_t count,
                 const struct mask_text *text);

#endif
