#include "supervisor/log/totals.h"

void totals_init(struct totals *totals, void *memory)
{
    *totals = (struct totals){ .slots = memory };
    while (totals->count < TOTALS_MAX && totals->slots[totals->count].key != 0)
        totals->count++;
}

struct log_totals *totals_find(const struct totals *totals, uint64_t key)
{
    for (size_t i = 0; i < totals->count; i++)
        if (totals->slots[i].key == key)
            return &totals->slots[i].totals;
    return NULL;
}

struct log_totals *totals_get(struct totals *totals, uint64_t key)
{
    struct log_totals *known = totals_find(totals, key);
    struct totals_slot *slot;

    if (known || totals->count == TOTALS_MAX)
        return known;
    slot = &totals->slots[totals->count++];
    slot->totals = (struct log_totals){ 0 };
    __atomic_store_n(&slot->key, key, __ATOMIC_RELEASE);
    return &slot->totals;
}
