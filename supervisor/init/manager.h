#ifndef REEVE_INIT_MANAGER_H
#define REEVE_INIT_MANAGER_H

/*
 * sd_notify(3) to whoever started reeve: systemd, podman, another reeve. reeve(8), NOTIFICATION, is
 * the manual of what is said when.
 *
 * What has been told is kept beside what is to be told, so nothing is lost when the manager does
 * not read for a while, and nobody waits for it: what cannot be sent now is owed, and tried again
 * MANAGER_PAUSE_US later. The socket is opened and connected at the very beginning, before reeve
 * becomes another user or changes what it sees of the file system; a manager that went away is
 * looked for by its address again.
 */

#include "supervisor/init/outlook.h"
#include "supervisor/init/watchdog.h"

#include <sys/socket.h>
#include <sys/un.h>

enum {
    MANAGER_PAUSE_US = 100000,    /* between two looks at what is new; urgent news do not wait */
    MANAGER_EXTEND_US = 20000000, /* EXTEND_TIMEOUT_USEC=: a reeve that hangs is noticed as soon */
    MANAGER_EXTEND_EVERY_US = 5000000,
};

struct manager {
    struct sockaddr_un address;
    socklen_t address_size;
    int fd; /* -1: nobody wants to hear anything, or there is no socket */
    struct watchdog watchdog;
    bool minds_only_loop;   /* REEVE_WATCHDOG=loop */
    bool is_changed;        /* something may be new */
    bool is_ready;          /* the pod was up and healthy once */
    bool owes_ready;        /* READY=1: the first one, or the end of a reload */
    bool owes_reloading;    /* RELOADING=1 */
    bool is_ending;         /* the pod stops, … */
    bool has_told_stopping; /* … and STOPPING=1 was said */
    bool is_stuck;
    uint64_t reloading_us; /* when the reload began */
    uint64_t look_us;      /* not before */
    uint64_t hold_us;      /* what reeve-health said holds until then */
    uint64_t extend_us;    /* when EXTEND_TIMEOUT_USEC= is due; USEC_INFINITY: with progress */
    uint64_t ill_us;       /* since when nothing is under way that could mend the pod; 0: not so */
    char status[OUTLOOK_TEXT]; /* STATUS= as told last */
};

/* From the environment; to be called before anything is given up. */
void manager_open(struct manager *manager);

/* Something changed that may be worth a message; `is_urgent`: to be told in this turn. */
void manager_changed(struct pod *pod, bool is_urgent);
/* A reload begins: told at once; … */
void manager_reloading(struct pod *pod);
/* … and ends, well or not. */
void manager_reloaded(struct pod *pod);

/* Ends each turn of the loop: says what is to be said. Returns when it wants to be called again, at
 * most `deadline_us`. */
uint64_t manager_settle(struct pod *pod, uint64_t deadline_us);

/* The last words. */
void manager_exit(struct manager *manager, int exit_status);

#endif
