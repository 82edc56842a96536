/*
 * What Kairos can do with a browser: a table of jobs. A job gets a connected session and a
 * deadline, works in a tab of its own, closes it, and fills in the run.
 */
#ifndef SERVICES_KAIROS_JOB_H
#define SERVICES_KAIROS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/kairos/devtools.h"
#include "services/kairos/run.h"

struct job_setting {
    struct devtools *devtools;
    const char *datahub; /* base URL without a slash at the end */
    uint64_t deadline_us;
    /* Stores the picture of the run: 0 or a negative errno. */
    int (*keep)(void *context, const struct run *run, const uint8_t *data, size_t length);
    void *context;
};

struct job {
    const char *name;
    const char *text; /* what it does, for people */
    /* Sets the run's state, result and reason. 0, or the errno after which the session is of no
     * more use. */
    int (*run)(const struct job_setting *setting, struct run *run);
};

/* NULL when there is none. */
const struct job *job_find(const char *name);
/* The table, in order; NULL after the last one. */
const struct job *job_at(size_t index);

/* Pure. "net::ERR_CONNECTION_REFUSED" becomes "connection refused". */
void job_describe_net_error(const char *error, char *text, size_t size);
/* Pure. Takes {symbol, price, candles} as the page gave them: 0, or -EBADMSG when they are no such
 * things. */
int job_read_result(const json_t *value, struct run_result *ret_result)
    __attribute__((warn_unused_result));

#endif
