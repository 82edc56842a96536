#ifndef TESTS_ESCAPE_ESCAPE_H
#define TESTS_ESCAPE_ESCAPE_H

/*
 * Attempts to do what a directive forbids, made from inside of a service. A row says which
 * directives of directives.txt forbid it; the function returns 0 when it got through, else a
 * negative errno. Each runs in a child of its own with a deadline, and takes back what it did.
 *
 * The world of an attempt is a directory that belongs to the user, made by `escape prepare`:
 *   protected/{file,empty/}       not to be changed: ProtectSystem=strict, ReadOnlyPaths=
 *   open/{program,late}           to be written to, not executed: ReadWritePaths=, NoExecPaths=
 *   secret/{file,program}         not to be seen: InaccessiblePaths=
 *   private                       of mode 0600: User=
 *   race/{at/,link,shown/}        at is shown at shown, while `escape race` exchanges it for a link
 *                                 to secret: BindPaths=
 *   sibling/{pid,…}               of another service, which `escape sibling` plays
 *   root/WORLD/{bin/,sibling/}    made by escape_world: RootDirectory=
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A row of a table says what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { WORLD_PATH = 96, NOT_HERE = 1000 };

struct world {
    char work[WORLD_PATH];
    char program[WORLD_PATH]; /* our own, with reevectl beside it */
    pid_t sibling, init;      /* another service, and PID 1 of the pod */
    pid_t keeper;             /* a service with credentials, and so with mounts of its own */
    bool is_control;          /* outside of reeve: an attempt makes the walls that it needs */
};

/* 0: it got through; -errno: denied; -NOT_HERE: this place has nothing to try it on. */
typedef int attempt_function(const struct world *world, long argument);

enum passes {
    NEVER,
    PAST_PARTIAL, /* where `reevectl security` says "partial", it is this that is not held */
    AS_SYSTEMD,   /* nor does systemd hold it, where services share a user or by this directive */
};

struct attempt {
    const char *name;
    const char *directives; /* rows of directives.txt, with spaces between */
    attempt_function *try;
    long argument;
    enum passes passes;
};

/* Each ends with a row without a name. */
extern const struct attempt attempts_files[], attempts_ways[], attempts_hidden[], attempts_mounts[],
    attempts_namespaces[], attempts_proc[], attempts_processes[], attempts_signals[],
    attempts_sockets[], attempts_calls[], attempts_memory[], attempts_kernel[], attempts_identity[],
    attempts_pod[], attempts_settings[], attempts_places[], attempts_cgroup[], attempts_root[],
    attempts_keyring[];

/* "WORK/NAME" in one of some static buffers. */
const char *in_work(const struct world *world, const char *name);
/* 0, or what errno says. */
int denied(long result);
/* Writes a byte to the file; 0 or -errno. */
int write_to(const char *path, int flags);
int can_read(const char *path);
/* The status of a program that was started: 0 or -EACCES. */
int run_program(char *const argv[]);
/* What another process has in /proc. */
const char *of_process(pid_t pid, const char *name);
/* A system call of the 32-bit ABI; pointers below 4 GB only: low() copies there. */
long call32(long number, long a, long b, long c, long d);
long low(const void *data, size_t size);
/* Of the x32 ABI, where the kernel has it. */
long call_x32(long number, long a, long b, long c);
/* Opens by io_uring, which no filter of system calls sees. */
int uring_open(const char *path, int flags);
int uring_socket(int family, int type);
/* A user and a mount namespace in which we are root; 0 or -errno. */
int become_namespace_root(void);
/* The part of a sibling: never returns. */
int play_sibling(const struct world *world);
/* The part of who may change the source of a bind; ends when race/end is there. */
int play_racer(const struct world *world);
/* Which namespace of ours it is, of those that /proc/self/ns has. */
int own_namespace(const char *name);
/* The part of a service with credentials, which stands in their directory and has one open. */
int play_keeper(const struct world *world);
/* The number in a file of it, as "sibling/signals": how many it has got. Negative: an errno. */
int told_by_sibling(const struct world *world, const char *name);
/* Whether it is another one within a moment; it is watched, not asked again and again. */
bool sibling_tells_more(const struct world *world, const char *name, int before);

#endif
