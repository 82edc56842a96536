#ifndef REEVE_INIT_EXEC_WATCH_H
#define REEVE_INIT_EXEC_WATCH_H

/*
 * Type=exec: whether the main process has executed its program. Only the child holds the write end
 * of a pipe, close-on-exec, and says on it where it is, as in systemd. The pipe's end after
 * EXEC_NEAR is a successful exec; its end alone is a child that was killed on the way there.
 */

#include "supervisor/init/pod.h"

enum { EXEC_FAILED, EXEC_NEAR }; /* a byte each */

/* A new pipe in place of the last one. 0 or a negative errno. */
int exec_watch_begin(struct member *member, int *ret_write) MUST_CHECK;
void exec_watch_end(struct member *member);
/* After a reload: the pipe came along from the unit's old member. */
void exec_watch_adopt(struct pod *pod, unit_id id);
/* Looks at once, before the child's end is handled. */
void exec_watch_read(struct pod *pod, unit_id id);

#endif
