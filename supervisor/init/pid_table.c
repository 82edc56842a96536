#include "supervisor/init/pid_table.h"

#include <errno.h>

int pid_table_init(struct pid_table *table, size_t processes)
{
    table->used = 0;
    table->size = 16;
    while (table->size < processes * 2)
        table->size *= 2;
    table->entries = calloc(table->size, sizeof(*table->entries));
    return table->entries ? 0 : -ENOMEM;
}

void pid_table_release(struct pid_table *table)
{
    free(take_pointer(&table->entries));
}

static size_t home_of(const struct pid_table *table, pid_t pid)
{
    return ((size_t)pid * UINT32_C(2654435769)) & (table->size - 1);
}

/* The entry of the pid, or the free one where it would go. */
static struct pid_entry *slot(const struct pid_table *table, pid_t pid)
{
    size_t at = home_of(table, pid);

    while (table->entries[at].pid != 0 && table->entries[at].pid != pid)
        at = (at + 1) & (table->size - 1);
    return &table->entries[at];
}

int pid_table_put(struct pid_table *table, pid_t pid, unit_id id)
{
    struct pid_entry *entry = slot(table, pid);

    if (entry->pid != pid && table->used + table->size / 4 >= table->size)
        return -ENOSPC; /* a full table would have no end to a search */
    table->used += entry->pid != pid;
    *entry = (struct pid_entry){ .pid = pid, .id = id };
    return 0;
}

unit_id pid_table_find(const struct pid_table *table, pid_t pid)
{
    const struct pid_entry *entry = slot(table, pid);

    return entry->pid == pid && pid > 0 ? entry->id : UNIT_NONE;
}

void pid_table_remove(struct pid_table *table, pid_t pid)
{
    struct pid_entry *entry = slot(table, pid);
    size_t hole, at;

    if (entry->pid != pid)
        return;
    /* Close the gap: whatever was pushed past the hole on its way home moves back into it. */
    table->used--;
    hole = (size_t)(entry - table->entries);
    table->entries[hole].pid = 0;
    for (at = (hole + 1) & (table->size - 1); table->entries[at].pid != 0;
         at = (at + 1) & (table->size - 1)) {
        size_t home = home_of(table, table->entries[at].pid);

        if (((at - home) & (table->size - 1)) < ((at - hole) & (table->size - 1)))
            continue;
        table->entries[hole] = table->entries[at];
        table->entries[at].pid = 0;
        hole = at;
    }
}
