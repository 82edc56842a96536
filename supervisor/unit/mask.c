#include "supervisor/unit/mask.h"

#include <string.h>

enum { FILTER_SHIFT = 64 - 12 };

void mask_table_init(struct mask_table *table, const uint64_t random[3])
{
    table->key = (struct siphash_key){ random[0], random[1] };
    table->base = random[2] | 1;
}

uint64_t mask_unit(const struct mask_table *table, const char *name)
{
    return siphash(name, strlen(name), table->key);
}

/* The high bits depend on all that there is. */
static uint16_t filter_of(uint64_t rolling)
{
    return (uint16_t)(rolling * UINT64_C(0x9e3779b97f4a7c15) >> FILTER_SHIFT);
}

static uint64_t roll(uint64_t rolling, uint64_t base, char byte)
{
    return rolling * base + (unsigned char)byte + 1;
}

/* --- writing --- */

static bool is_same(const struct mask *a, const struct mask *b)
{
    return a->unit == b->unit && a->hash == b->hash && a->length == b->length;
}

static void put(struct mask_table *table, const struct mask *mask)
{
    uint32_t count = __atomic_load_n(&table->count, __ATOMIC_ACQUIRE), number;
    struct mask *slot;

    for (uint32_t i = 0; i < count && i < MASKS_MAX; i++)
        if (is_same(&table->list[i], mask))
            return;
    number = __atomic_add_fetch(&table->count, 1, __ATOMIC_SEQ_CST);
    slot = &table->list[(number - 1) % MASKS_MAX];
    __atomic_store_n(&slot->number, 0, __ATOMIC_SEQ_CST);
    slot->unit = mask->unit;
    slot->hash = mask->hash;
    slot->length = mask->length;
    slot->filter = mask->filter;
    __atomic_store_n(&slot->number, number, __ATOMIC_RELEASE);
}

static void add_piece(struct mask_table *table, uint64_t unit, const char *value, size_t length)
{
    struct mask mask = { .unit = unit };
    uint64_t rolling = 0;

    if (length >= MASK_LENGTH_MIN) {
        for (size_t i = 0; i < length; i++)
            rolling = roll(rolling, table->base, value[i]);
        mask.hash = siphash(value, length, table->key);
        mask.length = (uint16_t)length;
        mask.filter = filter_of(rolling);
    }
    put(table, &mask);
}

/* Pieces of about the same length, so that the last one is not too short. */
static void add_line(struct mask_table *table, uint64_t unit, const char *line, size_t length)
{
    size_t pieces = (length + MASK_LENGTH_MAX - 1) / MASK_LENGTH_MAX;

    for (size_t i = 0; i < pieces; i++) {
        size_t from = length * i / pieces, to = length * (i + 1) / pieces;

        add_piece(table, unit, line + from, to - from);
    }
}

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r' || byte == '\0';
}

void mask_table_add(struct mask_table *table, const char *unit, const char *value, size_t length)
{
    uint64_t key = mask_unit(table, unit);
    size_t start = 0;

    for (size_t at = 0; at <= length; at++) {
        if (at < length && !ends_line(value[at]))
            continue;
        if (at > start)
            add_line(table, key, value + start, at - start);
        start = at + 1;
    }
}

/* --- reading --- */

bool mask_table_find(const struct mask_table *table, uint64_t unit, struct mask *ret_masks,
                     size_t *count_in_out)
{
    uint32_t begun = __atomic_load_n(&table->count, __ATOMIC_ACQUIRE);
    size_t count = 0, size = *count_in_out;
    bool is_whole = true;

    for (uint32_t i = 0; i < begun && i < MASKS_MAX; i++) {
        const struct mask *slot = &table->list[i];
        uint32_t number = __atomic_load_n(&slot->number, __ATOMIC_ACQUIRE);
        struct mask copy = { slot->unit, slot->hash, number, slot->length, slot->filter };

        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (number == 0 || __atomic_load_n(&slot->number, __ATOMIC_RELAXED) != number)
            is_whole = false;
        else if (copy.unit == unit && count < size)
            ret_masks[count++] = copy;
    }
    *count_in_out = count;
    return is_whole;
}

static uint64_t power(uint64_t base, size_t exponent)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return result;
}

/* SipHash is asked for at one place of 4096 that has nothing. */
static bool matches(const struct mask_table *table, const struct mask *mask, const char *text,
                    uint64_t rolling)
{
    return filter_of(rolling) == mask->filter &&
           siphash(text, mask->length, table->key) == mask->hash;
}

bool mask_search(const struct mask_table *table, const struct mask *masks, size_t count,
                 const struct mask_text *text)
{
    size_t size = count > 0 ? masks[0].length : 0;
    uint64_t rolling = 0, leaving;
    bool has_found = false;

    if (size == 0 || text->length < size)
        return false;
    leaving = power(table->base, size - 1);
    for (size_t at = 0; at < text->length; at++) {
        if (at >= size)
            rolling -= leaving * ((unsigned char)text->text[at - size] + 1U);
        rolling = roll(rolling, table->base, text->text[at]);
        for (size_t i = 0; i < count && at + 1 >= size; i++) {
            size_t from = at + 1 - size;

            if (!matches(table, &masks[i], text->text + from, rolling))
                continue;
            memset(text->covered + from, 1, size);
            has_found = true;
        }
    }
    return has_found;
}
