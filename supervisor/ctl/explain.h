#ifndef REEVE_CTL_EXPLAIN_H
#define REEVE_CTL_EXPLAIN_H

/*
 * reevectl explain: which directives of a unit can have caused what its service died of, or what it
 * complained of. "Can": nobody recorded the refused system call, so all that is known is what the
 * kernel answers where a directive is held as it is here (explain_table.c), and what the log says.
 */

#include "supervisor/ctl/security.h"

/* How a refusal looks from inside. */
enum explain_sign {
    EXPLAIN_SIGSYS,
    EXPLAIN_EPERM,
    EXPLAIN_EACCES,
    EXPLAIN_EROFS,
    EXPLAIN_ENOSYS,
    EXPLAIN_EAFNOSUPPORT,
    EXPLAIN_EPROTONOSUPPORT,
    EXPLAIN_EXDEV,
    EXPLAIN_EMFILE,
    EXPLAIN_SIGN_COUNT,
};

enum { EXPLAIN_CLUES_MAX = 32, EXPLAIN_LINE_SIZE = 512, EXPLAIN_CALL_SIZE = 64 };

/* One kind of refusal. */
struct explain_clue {
    enum explain_sign sign;
    char line[EXPLAIN_LINE_SIZE]; /* of the log, the first that has it; "": none */
    char call[EXPLAIN_CALL_SIZE]; /* "": unknown */
    bool is_sure;                 /* the kernel named the call; else the line has a word like it */
    bool is_foreign; /* likewise; it is of another architecture, and has no name here */
    unsigned count;  /* of such lines */
};

struct explain {
    const struct security_unit *unit;
    const char *filter; /* SystemCallFilter= as `show` has it: "~a b", "a b c"; "": none */
    int filter_error;   /* SystemCallErrorNumber=; EXPLAIN_KILLS: the process is killed */
    struct explain_clue clues[EXPLAIN_CLUES_MAX];
    size_t clue_count;
};

enum { EXPLAIN_KILLS = 0x7ffffffe }; /* systemd's number for it */

/* "EPERM", "SIGSYS". */
const char *explain_sign_name(enum explain_sign sign);
/* Whether a line of a log tells of it, by name or in the words of strerror(3). */
bool explain_find_sign(const char *text, enum explain_sign *ret_sign);

/* What else it can be, whatever the unit says. */
const char *explain_other_causes(enum explain_sign sign);

/*
 * Why this directive can have done it; NULL when it cannot. *ret_names_call when it is about the
 * call of the clue.
 */
const char *explain_suspect(const struct explain *explain, const struct explain_clue *clue,
                            const struct security_directive *directive, bool *ret_names_call);

/* Takes in what a unit said. */
void explain_take_text(struct explain *explain, const char *text);
/* Takes in a line of a log, of the kernel or of reeve-log, where the unit's name is without
 * ".service". */
void explain_take_line(struct explain *explain, const char *name, const char *line);
/* A sign without a line. NULL when there are too many. */
struct explain_clue *explain_add(struct explain *explain, enum explain_sign sign);

/* --- explain_find.c: the evidence when no log is given --- */

struct explain_search {
    struct client *client; /* by which PID 1 is asked for reeve-log */
    pid_t killed;          /* the main process, when SIGSYS killed it; 0: it did not */
    uint64_t killed_us;    /* realtime: when */
};

/* Takes in the last lines of the unit that reeve-log keeps, and the kernel's of the killed process.
 * Whether reeve-log was there. */
bool explain_find(struct explain *explain, const char *name, const struct explain_search *search);

/* The whole of `reevectl explain ARGUMENTS...`; argv[0] is "explain". Returns an exit status. */
int explain_main(int argc, char **argv);

#endif
