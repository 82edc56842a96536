#ifndef TESTS_CONFORMANCE_ACTOR_H
#define TESTS_CONFORMANCE_ACTOR_H

/* Between the files of the actor: actor.c (its steps; its head is the manual), actor_notify.c (what
 * it sends to $NOTIFY_SOCKET) and actor_credentials.c (what is in $CREDENTIALS_DIRECTORY). */

#include <sys/types.h>

enum { LINE_SIZE = 1024 };

/* --- actor.c --- */

struct actor;

/* A line into the case's record. */
void tell(const struct actor *actor, const char *what, const char *detail);
/* Says what, and why by errno, and ends. */
void fail(const char *what);
unsigned long long now_us(void);
/* The last process of the label; 0: there was none. */
pid_t pid_of(const char *label);

/* --- actor_credentials.c --- */

/* Modes, names and texts; "none" without the variable. */
void tell_credentials(struct actor *actor);

/* --- actor_notify.c --- */

/* '+' stands for the end of a line, "@now", "@self" and "@LABEL" for a time and pids, ~XX for a
 * byte. */
void notify(const char *text);
/* As many bytes; the text comes last. */
void step_padded(int size, const char *text);
void step_fdsend(const char *kind, const char *text);
/* Waits until all that was sent has been read. */
void step_sync(void);

#endif
