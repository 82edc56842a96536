#ifndef REEVE_CTL_LEARN_H
#define REEVE_CTL_LEARN_H

/*
 * reevectl learn: runs the commands of a unit without its sandbox, listens to each system call that
 * they and all their descendants make, and proposes a drop-in that allows just that.
 *
 * The listener is seccomp's (seccomp_unotify(2)): each call waits until we have looked at it, and
 * then goes on as if nothing had been. It takes no right but no_new_privs, so it works where reeve
 * works. What we see is what was asked for, before the kernel answers; arguments in memory are read
 * from the process while it waits, and can be changed by another of its threads until the kernel
 * reads them. That is good enough to learn from, and would not be to refuse anything.
 */

#include "supervisor/ctl/unit_arguments.h"
#include "supervisor/files/image.h"
#include "supervisor/unit/call_table.h"

#include <limits.h>
#include <stdio.h>

struct sandbox_plan;
struct seccomp_notif;

enum {
    LEARN_FAMILIES = 64,
    LEARN_PATHS_MAX = 256,
    LEARN_PORTS_MAX = 16, /* of one protocol; who binds more, takes them as they come */
    LEARN_TEXT_SIZE = 200,
    LEARN_NAMESPACE_BITS = 32,
};

/* What some directive would refuse, and what we cannot see. */
enum learn_fact {
    LEARN_WRITE_EXECUTE,
    LEARN_REALTIME,
    LEARN_SUID_SGID,
    LEARN_PERSONALITY,
    LEARN_CLOCK,
    LEARN_HOSTNAME,
    LEARN_KERNEL_LOG,
    LEARN_MODULES,
    LEARN_TUNABLES,
    LEARN_CONTROL_GROUPS,
    LEARN_DEVICES,
    LEARN_HOME,
    LEARN_TMP,
    LEARN_FOREIGN,         /* a call of another architecture */
    LEARN_REFUSED,         /* a write that cannot have succeeded, with all rights that it had */
    LEARN_BLIND_RING,      /* from here on: what was not seen. io_uring */
    LEARN_BLIND_MEMORY,    /* a path or address could not be read */
    LEARN_BLIND_NAMESPACE, /* another root directory or mount namespace */
    LEARN_BLIND_LISTENER,  /* it wanted to be what we are, and cannot have been */
    LEARN_BLIND_UNKNOWN,   /* numbers without a name */
    LEARN_BLIND_NAME,      /* paths that no unit file shall hold: with control characters */
    LEARN_BLIND_MANY,      /* more paths than we keep */
    LEARN_FACT_COUNT,
};

struct learn_evidence {
    uint64_t count;
    char first[LEARN_TEXT_SIZE]; /* "NAME: what" of the first time */
};

struct learn_path {
    const char *path; /* canonical */
    struct learn_evidence evidence;
};

/* LEARN_UNKNOWN: it could not be asked. */
enum learn_protocol { LEARN_TCP, LEARN_UDP, LEARN_UNKNOWN, LEARN_PROTOCOL_COUNT };

struct learn_port {
    uint16_t port;
    struct learn_evidence evidence;
};

/* Of one protocol. */
struct learn_ports {
    struct learn_port list[LEARN_PORTS_MAX];
    size_t count;
    struct learn_evidence any; /* one that the kernel chose, or one more than the list has */
};

/* All that was learned. Zeroed to begin with, but for the arena, in which the paths are. */
struct learn_facts {
    struct arena arena;
    uint64_t calls[CALL_COUNT];
    uint64_t call_count;
    struct learn_evidence facts[LEARN_FACT_COUNT];
    struct learn_evidence families[LEARN_FAMILIES];
    struct learn_evidence namespaces[LEARN_NAMESPACE_BITS]; /* by bit of enum namespace_flag */
    struct learn_path written[LEARN_PATHS_MAX];
    struct learn_ports ports[LEARN_PROTOCOL_COUNT];
    size_t written_count;
};

/* Counts; the text is that of the first time, behind the name of the process. */
PRINTF_LIKE(3, 4)
void learn_note(struct learn_evidence *evidence, pid_t pid, const char *format, ...);
/* A path that was written to: a file, or a directory whose entries change. */
void learn_note_written(struct learn_facts *facts, pid_t pid, const char *path, const char *what);
void learn_note_port(struct learn_facts *facts, pid_t pid, uint16_t port,
                     enum learn_protocol protocol);

/* --- learn_listen.c: the filter and its listener --- */

/* In the child, right before exec: hands the listener over on `socket`. 0 or a negative errno. */
int learn_listen_install(int socket) MUST_CHECK;
/* In the parent: takes it. -EPIPE when the child has died. */
int learn_listen_take(int socket, int *ret_listener) MUST_CHECK;
/* A waiting call: looks at it and lets it go on. 0, also when it has gone; -ENODEV at the end. */
int learn_listen_serve(int listener, struct learn_facts *facts) MUST_CHECK;

/* --- learn_watch.c: what a call asks for --- */

/* The calls that need no look: any filter allows them, and none of our facts is about them. */
bool learn_watch_skips(enum call call);
void learn_watch_call(struct learn_facts *facts, const struct seccomp_notif *call);
/* Of paths without "." and "..". */
bool learn_is_at_or_below(const char *path, const char *top);

/* --- learn_peek.c: other processes --- */

/* How many bytes could be had; negative errno when none. */
int learn_peek(pid_t pid, uint64_t address, void *buffer, size_t size) MUST_CHECK;
int learn_peek_string(pid_t pid, uint64_t address, char text[PATH_MAX]) MUST_CHECK;
/* The path behind a descriptor of the process (AT_FDCWD: its directory). */
int learn_peek_descriptor(pid_t pid, int fd, char path[PATH_MAX]) MUST_CHECK;
/* "/a/b" as the process means it; not canonical. -EXDEV in another root or mount namespace. */
int learn_peek_path(pid_t pid, int directory, uint64_t address, char path[PATH_MAX]) MUST_CHECK;

/* --- learn_filter.c: calls to a list; pure --- */

struct learn_filter {
    uint64_t counts[CALL_COUNT]; /* with those that do the same as one that was seen */
    bool is_listed[CALL_COUNT];  /* by itself, and not by a group */
    const char *groups[32];
    unsigned seen[32], kinds[32]; /* of each group: how many of its kinds of calls */
    size_t group_count;
    bool is_system_service; /* all of it is in that group */
};

void learn_filter_make(const uint64_t calls[CALL_COUNT], struct learn_filter *ret_filter);

/* --- learn_unit.c: the unit, without its sandbox --- */

/* What the command line wants, and what became of it. Zeroed to begin with, but for facts.arena. */
struct learn {
    struct unit_arguments *arguments; /* one unit, and where to look for it */
    uint64_t time_us;                 /* 0: until it ends, or we are told */
    struct unit_set set;
    unit_id id;
    const struct unit_spec *spec;
    struct identity *identity; /* NULL: whoever we are */
    struct sandbox_plan *plan; /* of what is no wall: user, limits, nice and the like */
    string_list own_paths;     /* of StateDirectory= and its kin */
    struct learn_facts facts;
    uint64_t started_us, duration_us; /* realtime; how long it was watched */
    bool had_capabilities;
};

/* 0, or a negative errno (told on stderr). */
int learn_unit_load(struct learn *learn) MUST_CHECK;
void learn_unit_release(struct learn *learn);

/* Why a directive would not be held here if the unit had this drop-in; NULL when it would be. */
struct learn_verdicts {
    struct sandbox_plan *plan;
};
int learn_unit_judge(const struct learn *learn, const char *drop_in,
                     struct learn_verdicts *ret_verdicts) MUST_CHECK;
const char *learn_unit_obstacle(const struct learn_verdicts *verdicts, const char *directive);

/* --- learn_image.c, learn_run.c: its commands --- */

/* argv and environment. 0, or a negative errno (told on stderr). */
int learn_image_build(struct image *image, const struct learn *learn,
                      const struct exec_command *command, const char *notify_socket) MUST_CHECK;
/* StateDirectory= and its kin. The same. */
int learn_image_directories(const struct learn *learn) MUST_CHECK;

/* Runs them, until the service has ended, or as long as it was wished. The same. */
int learn_run(struct learn *learn) MUST_CHECK;

/* --- learn_propose.c: the drop-in (its parts: learn_proposal.h) --- */

/* The text, to be freed; NULL without memory. */
char *learn_propose(struct learn *learn);

/* The whole of `reevectl learn ARGUMENTS...`; argv[0] is "learn". Returns an exit status. */
int learn_main(int argc, char **argv);

#endif
