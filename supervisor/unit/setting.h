#ifndef REEVE_UNIT_SETTING_H
#define REEVE_UNIT_SETTING_H

/*
 * What unit files say, told line by line while the loader reads them, to somebody who wants to know
 * what becomes of each: `reevectl verify`. What is wrong with a setting goes to the problem sink,
 * as always; so there is one judge, and PID 1 (which does not listen) decides by the same words.
 */

#include "supervisor/unit/problem.h"

/* From the best to the worst. */
enum setting_verdict {
    SETTING_SUPPORTED,
    SETTING_INERT,   /* without effect in a pod, and nothing is lost */
    SETTING_REFUSED, /* rightly said, but it cannot be honoured here: the unit is not loaded */
    SETTING_WRONG,   /* it would not do on a machine either */
    SETTING_VERDICT_COUNT,
};

const char *setting_verdict_name(enum setting_verdict verdict);

/* What a problem makes of the setting that it is about. */
enum setting_verdict setting_verdict_of(enum problem_level level);

/* An assignment, before it is read. All strings are borrowed for the duration of the call. */
struct setting {
    const char *section, *key, *value;
    struct problem_place place; /* of the key */
    unsigned last_line;         /* of the logical line */
    const char *inert;          /* why nothing comes of it, where no problem will say so; or NULL */
};

struct setting_listener {
    /* The settings and problems that follow are of this unit; NULL: of none. */
    void (*unit)(void *context, const char *name, const char *path);
    void (*setting)(void *context, const struct setting *setting);
    void *context;
};

/*
 * What becomes of a directive in general, whatever its value: the table that the loader goes by,
 * for documentation and tests. False for a name that neither reeve nor systemd knows. *ret_reason
 * is never NULL; for what is refused as a matter of sandboxing, SandboxPolicy=degrade makes it
 * inert.
 */
bool setting_judge_name(const char *section, const char *name, enum setting_verdict *ret_verdict,
                        const char **ret_reason);

#endif
