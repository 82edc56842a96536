#include "services/kairos/run.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const state_names[RUN_STATE_COUNT] = {
    [RUN_QUEUED] = "queued",
    [RUN_RUNNING] = "running",
    [RUN_SUCCEEDED] = "succeeded",
    [RUN_FAILED] = "failed",
};

static const char *const trigger_names[RUN_TRIGGER_COUNT] = {
    [RUN_AT_START] = "start",
    [RUN_BY_INTERVAL] = "interval",
    [RUN_BY_REQUEST] = "request",
};

bool run_job_is_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");

    return length > 0 && length < RUN_JOB_MAX && name[length] == '\0' && name[0] >= 'a';
}

void run_id_format(const struct run *run, char id[static RUN_ID_MAX])
{
    (void)snprintf(id, RUN_ID_MAX, "%.16s-%08u", run->job, run->number % (RUN_NUMBER_MAX + 1));
}

int run_id_parse(const char *id, struct run *ret_run)
{
    struct run run = { 0 };
    size_t job_length = strcspn(id, "-");

    if (job_length >= RUN_JOB_MAX || id[job_length] != '-')
        return -EINVAL;
    memcpy(run.job, id, job_length);
    const char *digits = id + job_length + 1;

    if (!run_job_is_valid(run.job) || strspn(digits, "0123456789") != 8 || digits[8] != '\0')
        return -EINVAL;
    run.number = (uint32_t)strtoul(digits, NULL, 10);
    *ret_run = run;
    return 0;
}

const char *run_state_name(enum run_state state)
{
    return (unsigned)state < RUN_STATE_COUNT ? state_names[state] : "?";
}

/* RFC 3339 with milliseconds, in UTC; null for "not yet". */
static json_t *time_to_json(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    char day[32], text[48];

    if (ms <= 0 || gmtime_r(&seconds, &parts) == NULL)
        return json_null();
    (void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text, sizeof(text), "%s.%03dZ", day, (int)(ms % 1000));
    return json_string(text);
}

/* null for what no finite number is: JSON has neither. */
static json_t *price_to_json(const char *text)
{
    double price = strtod(text, NULL);

    return isfinite(price) ? json_real(price) : json_null();
}

static json_t *result_to_json(const struct run *run)
{
    if (run->state != RUN_SUCCEEDED)
        return json_null();
    return json_pack("{s:s, s:o, s:s, s:I}", "symbol", run->result.symbol, "price",
                     price_to_json(run->result.price), "price_text", run->result.price, "candles",
                     (json_int_t)run->result.candles);
}

static json_t *screenshot_to_json(const struct run *run, const char *id)
{
    char path[RUN_ID_MAX + 32];

    if (!run->has_screenshot)
        return json_null();
    (void)snprintf(path, sizeof(path), "/runs/%s/screenshot.png", id);
    return json_pack("{s:s, s:I, s:I, s:I}", "path", path, "width", (json_int_t)run->width,
                     "height", (json_int_t)run->height, "bytes", (json_int_t)run->bytes);
}

json_t *run_to_json(const struct run *run)
{
    char id[RUN_ID_MAX];

    run_id_format(run, id);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:s, s:o, s:o}", "id",
                     id, "job", run->job, "state", run_state_name(run->state), "trigger",
                     trigger_names[run->trigger], "queued", time_to_json(run->queued_ms), "started",
                     time_to_json(run->started_ms), "finished", time_to_json(run->finished_ms),
                     "queued_ms", (json_int_t)run->queued_ms, "started_ms",
                     (json_int_t)run->started_ms, "finished_ms", (json_int_t)run->finished_ms,
                     "duration_ms", (json_int_t)run->duration_ms, "reason", run->reason, "result",
                     result_to_json(run), "screenshot", screenshot_to_json(run, id));
}

static int find_name(const char *name, const char *const *names, int count)
{
    for (int i = 0; name != NULL && i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

static int64_t integer_of(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static void copy_text(char *field, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    bool fits = text != NULL && strlen(text) < size;

    (void)snprintf(field, size, "%s", fits ? text : "");
}

int run_from_json(const json_t *object, struct run *ret_run)
{
    struct run run;
    const char *id = json_string_value(json_object_get(object, "id"));
    const json_t *result = json_object_get(object, "result");
    const json_t *screenshot = json_object_get(object, "screenshot");
    int state = find_name(json_string_value(json_object_get(object, "state")), state_names,
                          RUN_STATE_COUNT);
    int trigger = find_name(json_string_value(json_object_get(object, "trigger")), trigger_names,
                            RUN_TRIGGER_COUNT);

    if (id == NULL || run_id_parse(id, &run) < 0 || state < 0 || trigger < 0)
        return -EBADMSG;
    run.state = (enum run_state)state;
    run.trigger = (enum run_trigger)trigger;
    run.queued_ms = integer_of(object, "queued_ms");
    run.started_ms = integer_of(object, "started_ms");
    run.finished_ms = integer_of(object, "finished_ms");
    run.duration_ms = integer_of(object, "duration_ms");
    copy_text(run.reason, sizeof(run.reason), json_object_get(object, "reason"));
    copy_text(run.result.symbol, sizeof(run.result.symbol), json_object_get(result, "symbol"));
    copy_text(run.result.price, sizeof(run.result.price), json_object_get(result, "price_text"));
    run.result.candles = integer_of(result, "candles");
    run.has_screenshot = json_is_object(screenshot);
    run.width = integer_of(screenshot, "width");
    run.height = integer_of(screenshot, "height");
    run.bytes = integer_of(screenshot, "bytes");
    *ret_run = run;
    return 0;
}

void run_fail(struct run *run, const char *format, ...)
{
    va_list arguments;

    run->state = RUN_FAILED;
    va_start(arguments, format);
    (void)vsnprintf(run->reason, sizeof(run->reason), format, arguments);
    va_end(arguments);
    for (char *letter = run->reason; *letter != '\0'; letter++)
        if (*letter < ' ' || *letter > '~')
            *letter = '?';
}

size_t run_excess(size_t count, size_t keep)
{
    return count > keep ? count - keep : 0;
}
