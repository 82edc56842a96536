#include "supervisor/unit/call_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct call_row {
    const char *name;
    unsigned groups;
};

/* Sorted by name. */
static const struct call_row rows[CALL_COUNT] = {
#define CALL(name, groups) [CALL_##name] = { #name, groups },
#include "supervisor/unit/call_names.inc"
#undef CALL
};

static const struct call_row groups[] = {
    { "@aio", CALLS_AIO },
    { "@basic-io", CALLS_BASIC_IO },
    { "@chown", CALLS_CHOWN },
    { "@clock", CALLS_CLOCK },
    { "@cpu-emulation", CALLS_CPU_EMULATION },
    { "@debug", CALLS_DEBUG },
    { "@default", CALLS_DEFAULT },
    { "@file-system", CALLS_FILE_SYSTEM },
    { "@io-event", CALLS_IO_EVENT },
    { "@ipc", CALLS_IPC },
    { "@keyring", CALLS_KEYRING },
    { "@known", CALLS_KNOWN | CALLS_OBSOLETE },
    { "@memlock", CALLS_MEMLOCK },
    { "@module", CALLS_MODULE },
    { "@mount", CALLS_MOUNT },
    { "@network-io", CALLS_NETWORK_IO },
    { "@obsolete", CALLS_OBSOLETE },
    { "@pkey", CALLS_PKEY },
    { "@privileged", CALLS_PRIVILEGED },
    { "@process", CALLS_PROCESS },
    { "@raw-io", CALLS_RAW_IO },
    { "@reboot", CALLS_REBOOT },
    { "@resources", CALLS_RESOURCES },
    { "@sandbox", CALLS_SANDBOX },
    { "@setuid", CALLS_SETUID },
    { "@signal", CALLS_SIGNAL },
    { "@swap", CALLS_SWAP },
    { "@sync", CALLS_SYNC },
    { "@system-service", CALLS_SYSTEM_SERVICE },
    { "@timer", CALLS_TIMER },
};

const char *call_name(enum call call)
{
    return rows[call].name;
}

unsigned call_groups(enum call call)
{
    return rows[call].groups;
}

static int compare_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct call_row *)row)->name);
}

int call_find(const char *name, enum call *ret_call)
{
    const struct call_row *row = bsearch(name, rows, CALL_COUNT, sizeof(rows[0]), compare_name);

    if (!row)
        return -ENOENT;
    *ret_call = (enum call)(row - rows);
    return 0;
}

int call_group_find(const char *name, unsigned *ret_groups)
{
    const struct call_row *row =
        bsearch(name, groups, ARRAY_SIZE(groups), sizeof(groups[0]), compare_name);

    if (!row)
        return -ENOENT;
    *ret_groups = row->groups;
    return 0;
}
