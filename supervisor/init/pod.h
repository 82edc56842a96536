#ifndef REEVE_INIT_POD_H
#define REEVE_INIT_POD_H

/*
 * Everything that PID 1 knows, in one struct that is passed around: the pure engine and, beside
 * each of its units, what only the shell around it has: descriptors, the sandbox plan, what the
 * service said of itself. Sized once from the unit set, before the line after which PID 1 does not
 * die.
 */

#include "sandbox/plan.h"
#include "supervisor/init/cgroup_place.h"
#include "supervisor/init/descriptors.h"
#include "supervisor/init/fd_store.h"
#include "supervisor/init/journal_sockets.h"
#include "supervisor/init/launch_pad.h"
#include "supervisor/init/limits.h"
#include "supervisor/init/loop.h"
#include "supervisor/init/main_pids.h"
#include "supervisor/init/masks.h"
#include "supervisor/init/manager.h"
#include "supervisor/init/oom.h"
#include "supervisor/init/peers.h"
#include "supervisor/init/pid_table.h"
#include "supervisor/init/recorder.h"
#include "supervisor/unit/engine.h"
#include "supervisor/wire/wire.h"

#include <limits.h>

struct identity;
struct options;
struct path_watch;
struct pod;

/* The same instant on both clocks; zero: never. */
struct moment {
    uint64_t monotonic_us, realtime_us;
};

static inline struct moment moment_now(void)
{
    return (struct moment){ clock_monotonic_us(), clock_realtime_us() };
}

/* STATUS= and BUSERROR=. */
struct member_texts {
    char status[STATUS_SIZE], bus_error[STATUS_SIZE];
};

/* What the shell keeps of one unit. */
struct member {
    struct pod *pod; /* so that a member alone can be a callback's context */
    struct sandbox_plan *plan;
    const struct identity *identity;     /* in the set's arena; NULL: as PID 1 itself */
    uint32_t seal_number;                /* stays with the unit over reloads */
    int log_read, log_write;             /* the unit's log pipe; PID 1 owns both ends */
    int log_error_read, log_error_write; /* of standard error alone; -1: it shares the other */
    int exec_read;                       /* see exec_watch.h; -1 */
    struct loop_source *exec_source;
    int main_pidfd;       /* of a main process that is not our child; -1 */
    pid_t watched_pid;    /* its number, which may be no main process's any more */
    int pid_file_watch;   /* inotify's, while its pid file is waited for; -1 */
    bool has_directories; /* those of RuntimeDirectory= were made */
    bool has_private_tmp; /* those of PrivateTmp= were made */
    bool is_near_exec;    /* what the child of exec_read said last */
    bool has_cgroup;
    int oom_watch;       /* inotify's, on its memory.events; -1 */
    uint64_t oom_kills;  /* as memory.events said last */
    bool has_run;        /* something was started since it was down last */
    bool owes_score;     /* PID 1 is to write the OOM score of who was started last … */
    uint8_t score_tries; /* … and has tried in vain; > 0: exec_read is the timer for the next */
    struct fd_store fd_store;
    bool has_strays; /* found by track_mark_living() */
    bool has_others; /* processes beside its main and control ones; by the look of this turn */
    int owed_signal; /* for who has left the group that was told to end; 0: nobody */
    pid_t told_group;
    uint8_t health; /* enum wire_health_word, as reeve-health told last */
    uint64_t since_realtime_us;
    uint8_t last_active; /* to notice when since_realtime_us must change */
    /* What the service says of itself since its last start (sd_notify(3)). */
    int8_t notify_access;       /* NOTIFYACCESS=, an enum notify_access; -1: as the unit says */
    int status_errno;           /* ERRNO= */
    struct member_texts *texts; /* NULL: NotifyAccess= lets it say nothing */
    char invocation_id[INVOCATION_ID_SIZE]; /* of its last start; "" before the first */
    /* Of ActiveState, as systemctl shows them, and of the last main process. */
    struct moment changed, inactive_exit, active_enter, active_exit, inactive_enter, main_ended;
    pid_t main_ended_pid;
};

/* Of one turn of the loop, for track_signal(). */
struct track_turn {
    unsigned walks;  /* over single units, so far */
    bool has_looked; /* at everybody, and marked who has others … */
    bool is_blind;   /* … but somebody shows no seal */
};

/* PID 1's own lines of this turn of the loop, see report_flush(). */
struct own_lines {
    char text[PIPE_BUF];
    size_t used, count;
};

/* Roots and names found out at boot; all strings live as long as the process. */
struct pod_place {
    const char *program_directory; /* where reeve itself lies: programs beside it are found first */
    const char *runtime_directory; /* notify and control sockets */
    const char *private_directory; /* of PrivateTmp=; NULL: nowhere to have it */
    const char *control_path;
    const char *notify_path;
    const char *home, *user, *shell;
    struct unit_roots roots;
    uid_t uid;
    gid_t gid;
    bool is_pid1;
};

/* About what anybody can bring about any number of times: a few lines say it as well. */
struct complaint {
    uint64_t since_us;      /* when its first line of late was told */
    unsigned lines, untold; /* since then */
};

struct pod {
    struct unit_set set;
    struct engine engine;
    struct member *members;
    struct pod_place place;
    struct sandbox_abilities abilities;
    struct cgroup_place cgroups;
    struct loop *loop;
    struct peers peers;
    struct launch_pad launch_pad;
    struct pid_table pids; /* main and control processes → unit */
    struct main_pids main_pids;
    struct masks masks;
    struct track_turn turn;
    struct manager manager;        /* whoever started us */
    struct verdict verdict;        /* what reeve-health says of the pod */
    uint64_t owed_us;              /* when track_pay() is due; 0: nothing is owed */
    const struct options *options; /* borrowed from main() */
    unit_id target;                /* what was asked for; UNIT_NONE: every service */
    uint32_t next_seal;            /* number of the next unit that a reload brings */
    uint32_t seal_nonce;
    uint64_t seal_key; /* secret; 0: each service has a filter that guards its seal (adr/0016) */
    int log_read, log_write; /* PID 1's own messages go this way too */
    struct own_lines own_lines;
    struct journal_sockets journal;
    struct recorder recorder;
    int termination_fd; /* see last_words_open(); -1 */
    uint64_t log_dropped;
    struct complaint ignored_notifications, ignored_stops, ignored_reloads, refused_connections,
        crowded_out;
    bool is_notify_deaf;           /* until descriptors of services are closed */
    uint64_t nofile_soft;          /* the limit that children shall have */
    int report_read, report_write; /* children that fail before exec say why */
    int notify_fd, control_fd;
    struct loop_source *notify_source;
    struct descriptors descriptors; /* of services, to be closed */
    int null_fd;
    int spare_fd; /* makes room for one control connection; -1 */
    bool is_deaf; /* no descriptor was left for control connections, nor a spare one */
    struct loop_source *control_source;
    int children_fd;               /* /proc/self/task/TID/children, held open */
    int fd_store_poll, pidfd_poll; /* what all units' stored descriptors and pidfds say */
    int inotify_fd;                /* the directories of pid files */
    struct path_watch **paths;     /* one per path unit, NULL-terminated; NULL: there is none */
    int cgroup_inotify_fd;         /* memory.events of the units; -1 */
    struct oom_watch oom;
    uint64_t oom_kills;    /* since the last round of reaping, not yet put down to a unit */
    uint64_t last_rubbish; /* serial of a directory that was removed */
    uint64_t last_stored;  /* serial of a stored descriptor */
    uint64_t started_monotonic_us, started_realtime_us;
    uint64_t up_us;         /* since when has_told_ready */
    unsigned full_rounds;   /* of reaping, one after the other, that left some for the next */
    unsigned stop_requests; /* signals that asked for the end so far */
    bool lacks_namespaces;  /* see namespaces_make() */
    bool has_told_ready;
    int exit_status;
};

/* Log line of PID 1 itself, written by report_flush(); `<N>` priorities as in sd-daemon(3) are
 * given by `priority` (3 error … 7 debug). */
void pod_log(struct pod *pod, int priority, const char *format, ...) PRINTF_LIKE(3, 4);
/* A warning, or not: COMPLAINT_LINES of its kind in COMPLAINT_PAUSE_US, and the next one says how
 * many were left out before it. */
void pod_complain(struct pod *pod, struct complaint *complaint, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* STATUS= of the unit, "" when there is none. */
static inline const char *member_status(const struct member *member)
{
    return member->texts ? member->texts->status : "";
}

/* SubState: who keeps descriptors for good (FileDescriptorStorePreserve=yes) is not quite dead. */
static inline const char *pod_sub_state(const struct pod *pod, unit_id id)
{
    const struct unit *unit = &pod->engine.units[id];

    if (unit->state == STATE_DEAD && pod->members[id].fd_store.count > 0 &&
        pod->set.specs[id]->service.fd_store_preserve == PRESERVE_YES)
        return "dead-resources-pinned";
    return unit_sub_state(unit);
}

static inline const char *pod_unit_name(const struct pod *pod, unit_id id)
{
    return pod->set.specs[id]->name;
}

#endif
