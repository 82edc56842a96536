#ifndef REEVE_INIT_JOURNAL_SOCKETS_H
#define REEVE_INIT_JOURNAL_SOCKETS_H

/*
 * Where programs say what they do not write to standard output: /dev/log of syslog(3), and
 * /run/systemd/journal/{socket,stdout} of sd_journal_send(3) and sd_journal_stream_fd(3). PID 1
 * binds them, keeps them for good, so that what stands in them outlives reeve-log, and reads
 * nothing: reeve-log gets the descriptors (WIRE_JOURNAL).
 *
 * As in systemd /dev/log is a link to a socket below /run/systemd/journal, which is in the /dev of
 * PrivateDevices= as well (sandbox/mount_devices.c).
 */

#include "supervisor/unit/macro.h"
#include "supervisor/wire/wire.h"

struct pod;

struct journal_sockets {
    int fds[WIRE_JOURNAL_SOCKETS]; /* by enum wire_journal_socket; -1: not there */
    /* Why not, to be told once there is a log. */
    int errors[WIRE_JOURNAL_SOCKETS], device_error;
};

/*
 * Makes what can be made here; to be called while there are still the privileges to do so. Nothing
 * is taken from who serves it already. Only of PID 1 of its namespace, unless REEVE_JOURNAL=yes
 * says so: on a machine with other processes their words are not ours. REEVE_JOURNAL=no: none.
 */
void journal_sockets_open(struct journal_sockets *sockets);

/* Says in one line of the log which of them could not be made, and why. */
void journal_sockets_tell(struct pod *pod);

/* All of them to reeve-log; whoever has heard of some may hear of them again. 0 or a negative
 * errno. */
int journal_sockets_send(const struct pod *pod, int channel) MUST_CHECK;

#endif
