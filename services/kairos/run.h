/*
 * One run of a job: what was asked, what came out. Pure data and its JSON form.
 *
 * An id is JOB-NUMBER with eight digits ("chart-00000042"). The number grows over all jobs and
 * restarts, so that sorting by it is sorting by age whatever the clock did. Only text of exactly
 * that form is ever made into a file name: run_id_parse() is the wall against path traversal.
 */
#ifndef SERVICES_KAIROS_RUN_H
#define SERVICES_KAIROS_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_JOB_MAX    17 /* 16 letters */
#define RUN_ID_MAX     (RUN_JOB_MAX + 9)
#define RUN_NUMBER_MAX 99999999u
#define RUN_REASON_MAX 256

enum run_state {
    RUN_QUEUED,
    RUN_RUNNING,
    RUN_SUCCEEDED,
    RUN_FAILED,
    RUN_STATE_COUNT,
};

enum run_trigger {
    RUN_AT_START,
    RUN_BY_INTERVAL,
    RUN_BY_REQUEST,
    RUN_TRIGGER_COUNT,
};

/* Read from the page; price keeps the page's own digits. */
struct run_result {
    char symbol[64];
    char price[32];
    int64_t candles;
};

struct run {
    char job[RUN_JOB_MAX];
    bool has_screenshot;
    uint32_t number;
    enum run_state state;
    enum run_trigger trigger;
    int64_t queued_ms, started_ms, finished_ms; /* wall clock since 1970; 0: not yet */
    int64_t duration_ms;                        /* by the monotonic clock */
    char reason[RUN_REASON_MAX];                /* of a failure, else "" */
    struct run_result result;
    int64_t width, height, bytes; /* of the screenshot, if any */
};

/* Lower-case letters and digits, 1 to 16, a letter first. */
bool run_job_is_valid(const char *name);

void run_id_format(const struct run *run, char id[static RUN_ID_MAX]);

/* 0 and job and number, or -EINVAL for any text that run_id_format() would not have written. */
int run_id_parse(const char *id, struct run *ret_run) __attribute__((warn_unused_result));

const char *run_state_name(enum run_state state);

/* New object, or NULL when memory is short. */
json_t *run_to_json(const struct run *run) __attribute__((warn_unused_result));

/* 0 or -EBADMSG for what run_to_json() would not have written; untouched then. */
int run_from_json(const json_t *object, struct run *ret_run) __attribute__((warn_unused_result));

/* Marks as failed. The reason may quote a page, so what is not printable ASCII becomes a question
 * mark. */
void run_fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Which of `count` numbers, sorted upwards, retention gives up when `keep` may stay: the first
 * run_excess() ones.
 */
size_t run_excess(size_t count, size_t keep);

#endif
