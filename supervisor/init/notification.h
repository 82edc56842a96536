#ifndef REEVE_INIT_NOTIFICATION_H
#define REEVE_INIT_NOTIFICATION_H

/*
 * One datagram of sd_notify(3), from text to a struct, by systemd's rules: fields are lines, the
 * first of a name counts, what is not understood is passed over. Pure: who sent it, and whether it
 * may, is judged by notify.c.
 */

#include "supervisor/unit/engine.h"

struct notification_fields {
    struct notification news;       /* main_pid stays 0 in it: that must be judged first */
    pid_t main_pid;                 /* MAINPID= as the sender says; 0: absent */
    const char *status, *bus_error; /* NULL: absent; "" takes the old one away */
    int error_number;               /* ERRNO=; -1: absent */
    bool has_notify_access;
    int notify_access;              /* NOTIFYACCESS=, an enum notify_access; -1: as the unit says */
    bool is_barrier;                /* BARRIER=1: all else is ignored */
    bool fd_store, fd_store_remove; /* FDSTORE=1, FDSTOREREMOVE=1 */
    bool is_fd_unpolled;            /* FDPOLL=0 */
    const char *fd_name;            /* FDNAME=; NULL: absent */
    const char *invalid;            /* the first field whose value cannot be used; NULL: none */
};

/*
 * Cuts the text into its lines in place; the strings of *ret_fields point into it. text[size] must
 * be writable. 0, or -EBADMSG for a text with a NUL inside (one at the end is allowed).
 */
int notification_parse(char *text, size_t size, struct notification_fields *ret_fields) MUST_CHECK;

#endif
