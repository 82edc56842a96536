#ifndef REEVE_LOG_JOURNAL_H
#define REEVE_LOG_JOURNAL_H

/*
 * The sockets of the journal: messages of syslog(3) and sd_journal_send(3). They belong to PID 1,
 * and a message is taken out of its queue only after it has been written, so that nothing is lost
 * when this process is killed; one message can come twice then.
 *
 * Whose a message is the kernel says (SCM_CREDENTIALS). Of a process that is of no unit, or has
 * ended before it was looked at, it is of the unit LOG_NO_UNIT. All share the sockets: while
 * standard output takes nothing they are not read, whatever a unit's LogOverflow= says.
 */

#include "supervisor/log/logger.h"
#include "supervisor/log/source.h"

/* A socket that PID 1 lends; takes over `fd` in any case. */
void journal_take(struct logger *logger, const struct wire_journal *message, int fd);

/* One turn of a socket of datagrams. As intake_read(). */
ssize_t journal_read(struct logger *logger, struct source *source);

/* Takes the first message of the queue out of it. */
void journal_consume(int fd);

/* The source of the process' unit, by its pid; NULL: it is of none. */
struct source *journal_owner(struct logger *logger, pid_t pid);

#endif
