#ifndef REEVE_INIT_LIMITS_H
#define REEVE_INIT_LIMITS_H

/* Every limit of PID 1 has a name and stands here; reeve(8) lists those that a user can meet. */

enum {
    PEERS_MAX = 24,              /* helpers, the start-up view, and reevectl at the same time */
    CHILDREN_BUFFER = 64 * 1024, /* text of /proc/…/children that is read at once */
    TURN_ACTIONS = 1024,         /* in one turn of the loop, and so many … */
    TURN_ACTIONS_PER_UNIT = 64,  /* … for each unit: then the others' events come first, … */
    TURN_PAUSE_US = 1000000,     /* … and a pause, since there may be no end */
    TURN_WALKS = 8, /* over units that are told to stop in the same turn of the loop; … */
    TURN_WALK_CHILDREN = 64,     /* … one over more children than that counts for several; */
    TURN_WALKS_LATER_US = 10000, /* of those beyond, who has left the process group is told later */
    OWN_LOG_BUFFER = 1 << 19, /* bytes of PID 1's own lines that reeve-log may have yet to read */
    KILL_PASSES = 16,         /* rounds over a unit's processes while they still fork */
    HIT_GROUPS = 16,          /* process groups that one round hits once, though many are in them */
    UNIT_PROCESSES_MAX = 8192,    /* of one unit that one round looks at */
    NOTIFY_DATAGRAM = 4096,       /* longest sd_notify message, as systemd's NOTIFY_BUFFER_MAX */
    DESCRIPTORS_MAX = 253,        /* in one message: the kernel's SCM_MAX_FD */
    DISCARDS_MAX = 65536,         /* descriptors of services that wait to be closed; … */
    CLOSER_TIME_US = 100000,      /* … and for so long by one child, which is then killed */
    NOTIFY_BURST = 64,            /* sd_notify messages per wake-up: nobody may starve the others */
    STATUS_SIZE = 128,            /* STATUS= and BUSERROR= texts that are kept */
    INVOCATION_ID_SIZE = 33,      /* 128 bits in hexadecimal digits */
    FD_STORE_MAX = 4096,          /* descriptors kept for one unit */
    REAP_BURST = 1024,            /* children per wake-up */
    ROUNDS_PER_LOOK = 16,         /* of REAP_BURST children, before it is looked who is left */
    PEERS_RESERVED = 4,           /* of PEERS_MAX, that reevectl cannot take from the helpers */
    COMPLAINT_PAUSE_US = 3000000, /* in which what was refused has, of one kind, */
    COMPLAINT_LINES = 3,          /* as many lines: nobody shall fill the log with it */
    LOG_LINE = 512,               /* PID 1's own messages */
    UNIT_DIRECTORIES_MAX = 16,    /* --units */
};

#endif
