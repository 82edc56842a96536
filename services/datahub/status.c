#include "services/datahub/status.h"

#include <time.h>

#include "services/datahub/udf.h"

void status_write(struct status *status, const struct status_view *view)
{
    (void)pthread_mutex_lock(&status->lock);
    status->view = *view;
    (void)pthread_mutex_unlock(&status->lock);
}

struct status_view status_read(struct status *status)
{
    (void)pthread_mutex_lock(&status->lock);
    struct status_view view = status->view;

    (void)pthread_mutex_unlock(&status->lock);
    return view;
}

static bool is_fresh(int64_t then_ms, int64_t now_ms)
{
    return then_ms != 0 && now_ms - then_ms <= STATUS_FRESH_MS;
}

static bool is_running(const struct status_view *view, int64_t now_ms)
{
    return view->has_history && is_fresh(view->tick_ms, now_ms);
}

static bool is_answering(const struct status_view *view, int64_t now_ms)
{
    return view->is_connected && is_fresh(view->pong_ms, now_ms);
}

bool status_is_healthy(const struct status_view *view, int64_t monotonic_ms)
{
    return is_answering(view, monotonic_ms) && is_running(view, monotonic_ms);
}

static json_t *age(int64_t then_ms, int64_t now_ms)
{
    return then_ms != 0 ? json_integer(now_ms - then_ms) : json_null();
}

static json_t *time_text(int64_t seconds)
{
    char text[sizeof("2026-11-23T21:40:00Z")];
    time_t time = (time_t)seconds;
    struct tm parts;

    if (seconds == 0 || gmtime_r(&time, &parts) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return json_null();
    return json_string(text);
}

static const char *word_of(const struct status_view *view, int64_t now_ms)
{
    if (status_is_healthy(view, now_ms))
        return "healthy";
    return view->tick_ms == 0 ? "starting" : "unhealthy";
}

json_t *status_json(const struct status_view *view, int64_t monotonic_ms, const char *redis)
{
    const char *problem = view->problem[0] != '\0' ? view->problem : NULL;
    json_t *connection =
        json_pack("{s:s, s:s, s:o, s:s?}", "state",
                  is_answering(view, monotonic_ms) ? "connected" : "disconnected", "address", redis,
                  "answered_ms_ago", age(view->pong_ms, monotonic_ms), "problem", problem);
    json_t *feed =
        json_pack("{s:s, s:b, s:b, s:o, s:o}", "state", "simulated", "running",
                  is_running(view, monotonic_ms), "history", view->has_history, "last_tick",
                  time_text(view->tick_s), "last_tick_ms_ago", age(view->tick_ms, monotonic_ms));

    return json_pack("{s:s, s:b, s:s, s:o, s:o}", "status", word_of(view, monotonic_ms),
                     "simulated", 1, "notice", UDF_NOTICE, "redis", connection, "feed", feed);
}
