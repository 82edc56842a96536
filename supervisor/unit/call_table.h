#ifndef REEVE_UNIT_CALL_TABLE_H
#define REEVE_UNIT_CALL_TABLE_H

/*
 * System calls by name and systemd's groups of them ("@file-system"). Numbers depend on the
 * architecture and are not known here: sandbox/filter_numbers.h.
 *
 * call_names.inc is made from the systemd whose version it names, see call_names.awk, which also
 * says what is added to it. tests/shell/call_groups.sh compares it with the installed systemd.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>

/* Bits of struct call_row; the names are made of these words. */
enum call_group {
    CALLS_AIO = 1 << 0,
    CALLS_BASIC_IO = 1 << 1,
    CALLS_CHOWN = 1 << 2,
    CALLS_CLOCK = 1 << 3,
    CALLS_CPU_EMULATION = 1 << 4,
    CALLS_DEBUG = 1 << 5,
    CALLS_DEFAULT = 1 << 6,
    CALLS_FILE_SYSTEM = 1 << 7,
    CALLS_IO_EVENT = 1 << 8,
    CALLS_IPC = 1 << 9,
    CALLS_KEYRING = 1 << 10,
    /* Without @obsolete: what a filter that lists what is allowed refuses with the unit's error;
     * anything else it does not know is "not implemented". */
    CALLS_KNOWN = 1 << 11,
    CALLS_MEMLOCK = 1 << 12,
    CALLS_MODULE = 1 << 13,
    CALLS_MOUNT = 1 << 14,
    CALLS_NETWORK_IO = 1 << 15,
    CALLS_OBSOLETE = 1 << 16,
    CALLS_PKEY = 1 << 17,
    CALLS_PRIVILEGED = 1 << 18,
    CALLS_PROCESS = 1 << 19,
    CALLS_RAW_IO = 1 << 20,
    CALLS_REBOOT = 1 << 21,
    CALLS_RESOURCES = 1 << 22,
    CALLS_SANDBOX = 1 << 23,
    CALLS_SETUID = 1 << 24,
    CALLS_SIGNAL = 1 << 25,
    CALLS_SWAP = 1 << 26,
    CALLS_SYNC = 1 << 27,
    CALLS_SYSTEM_SERVICE = 1 << 28,
    CALLS_TIMER = 1 << 29,
};

/* CALL_accept and so on: the position in the table. */
enum call {
#define CALL(name, groups) CALL_##name,
#include "supervisor/unit/call_names.inc"
#undef CALL
    CALL_COUNT,
};

const char *call_name(enum call call);

/* enum call_group, or-ed. */
unsigned call_groups(enum call call);

/* -ENOENT for a name that no architecture has. */
int call_find(const char *name, enum call *ret_call) MUST_CHECK;

/* A group by its name with "@"; "@known" has CALLS_OBSOLETE in it. -ENOENT when there is none. */
int call_group_find(const char *name, unsigned *ret_groups) MUST_CHECK;

/* What a list of system calls says of one of them: one of these, or CALL_ERROR and an errno. */
enum call_answer { CALL_UNLISTED, CALL_LISTED, CALL_KILL, CALL_ERROR };

/* SystemCallFilter=, SystemCallLog=: all lines merged. */
struct call_list {
    bool is_allow_list; /* what is not listed is refused; with SystemCallLog=: is not logged */
    uint16_t answers[CALL_COUNT];
};

#endif
