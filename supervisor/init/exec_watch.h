#ifndef REEVE_INIT_EXEC_WATCH_H
#define REEVE_INIT_EXEC_WATCH_H

/*
 * Whether what was started has executed its program. Only the child holds the write end of a pipe,
 * close-on-exec, and says on it where it is, as in systemd. The pipe's end after EXEC_NEAR is a
 * successful exec; its end alone is a child that was killed on the way there.
 *
 * Type=exec waits for it. So does OOMScoreAdjust= where the child cannot write the score itself
 * (member->owes_score): PID 1 does it then. The kernel ends the pipe a moment before it gives the
 * process back to our user, so PID 1 may have to try again.
 */

#include "supervisor/init/pod.h"

enum { EXEC_FAILED, EXEC_NEAR }; /* a byte each */

/* A new pipe in place of the last one. 0 or a negative errno. */
int exec_watch_begin(struct member *member, int *ret_write) MUST_CHECK;
void exec_watch_end(struct member *member);
/* After a reload: the pipe came along from the unit's old member. */
void exec_watch_adopt(struct pod *pod, unit_id id);
/* Looks at once, before the end of the main process is handled, which has been reaped. */
void exec_watch_read(struct pod *pod, unit_id id);

#endif
