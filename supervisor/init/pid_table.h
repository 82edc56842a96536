#ifndef REEVE_INIT_PID_TABLE_H
#define REEVE_INIT_PID_TABLE_H

/*
 * Which unit a main or control process belongs to. Open addressing, sized once; plain pids are safe
 * as keys because only PID 1 reaps, and it removes the entry when it does.
 */

#include "supervisor/unit/unit_spec.h"

struct pid_entry {
    pid_t pid; /* 0: free */
    unit_id id;
};

struct pid_table {
    struct pid_entry *entries;
    size_t size; /* a power of two, at least twice the number of processes */
    size_t used;
};

int pid_table_init(struct pid_table *table, size_t processes) MUST_CHECK;
void pid_table_release(struct pid_table *table);
/* -ENOSPC when processes that not even SIGKILL could end have filled it up. */
int pid_table_put(struct pid_table *table, pid_t pid, unit_id id) MUST_CHECK;
/* UNIT_NONE when the pid is not in the table. */
unit_id pid_table_find(const struct pid_table *table, pid_t pid);
void pid_table_remove(struct pid_table *table, pid_t pid);

#endif
