#include "supervisor/health/route.h"

#include "supervisor/health/verdict.h"

#include <string.h>

#define TYPE_TEXT    "text/plain; charset=utf-8"
#define TYPE_JSON    "application/json"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_EVENTS  "text/event-stream"

enum { STATUS_OK = 200, STATUS_NOT_FOUND = 404, STATUS_UNAVAILABLE = 503 };

static unsigned ready_status(const struct table *table)
{
    return pod_is_ready(table) ? STATUS_OK : STATUS_UNAVAILABLE;
}

static unsigned no_such_unit(const struct request *request, struct answer *answer)
{
    char clean[WIRE_NAME_SIZE];

    text_clean(clean, sizeof(clean), request->unit);
    answer->type = TYPE_TEXT;
    text_put(answer->body, "There is no unit ");
    text_put(answer->body, clean);
    text_put(answer->body, "; /units lists what there is.\n");
    return STATUS_NOT_FOUND;
}

static unsigned answer_health(const struct request *request, const struct sources *sources,
                              struct answer *answer)
{
    (void)request;
    render_health(sources->table, &sources->moment, answer->body);
    return ready_status(sources->table);
}

static unsigned answer_livez(const struct request *request, const struct sources *sources,
                             struct answer *answer)
{
    render_livez(sources->table, request->is_verbose, answer->body);
    return STATUS_OK;
}

static unsigned answer_readyz(const struct request *request, const struct sources *sources,
                              struct answer *answer)
{
    render_readyz(sources->table, request->is_verbose, answer->body);
    return ready_status(sources->table);
}

static unsigned answer_metrics(const struct request *request, const struct sources *sources,
                               struct answer *answer)
{
    (void)request;
    render_metrics(sources->table, &sources->moment, answer->body);
    return STATUS_OK;
}

static struct render_units view_of(const struct sources *sources)
{
    return (struct render_units){ .table = sources->table,
                                  .usages = sources->usages,
                                  .realtime_us = sources->moment.realtime_us };
}

static unsigned answer_units(const struct request *request, const struct sources *sources,
                             struct answer *answer)
{
    struct render_units view = view_of(sources);

    (void)request;
    render_units(&view, answer->body);
    return STATUS_OK;
}

static unsigned answer_unit(const struct request *request, const struct sources *sources,
                            struct answer *answer)
{
    const struct row *row = table_find(sources->table, request->unit);
    struct render_units view = view_of(sources);

    if (!row)
        return no_such_unit(request, answer);
    render_unit(&view, row, answer->body);
    text_put(answer->body, "\n");
    return STATUS_OK;
}

static unsigned answer_index(const struct request *request, const struct sources *sources,
                             struct answer *answer);

static const struct route routes[] = {
    { "/", TYPE_TEXT, "this list", answer_index, 0 },
    { "/health", TYPE_JSON,
      "the pod and each unit, as JSON; 200 when healthy or degraded, else 503", answer_health, 0 },
    { "/livez", TYPE_TEXT, "200 while PID 1 is connected; ?verbose", answer_livez, 0 },
    { "/readyz", TYPE_TEXT, "200 when all critical units are well, else 503; ?verbose",
      answer_readyz, 0 },
    { "/metrics", TYPE_METRICS, "for Prometheus", answer_metrics, ROUTE_PROCESS },
    { "/units", TYPE_JSON, "the pod and all that is known of each unit, as JSON", answer_units,
      ROUTE_USAGE },
    { "/units/{unit}", TYPE_JSON, "one unit, as in /units", answer_unit, ROUTE_USAGE },
    { "/events", TYPE_EVENTS, "what changes, as server-sent events: pod, unit, probe", NULL,
      ROUTE_STREAM | ROUTE_USAGE },
};

static unsigned answer_index(const struct request *request, const struct sources *sources,
                             struct answer *answer)
{
    (void)request;
    text_printf(answer->body, "reeve-health %s: the pod is %s\n\n", REEVE_VERSION,
                pod_verdict_string(pod_verdict(sources->table)));
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        text_printf(answer->body, "%-14s %s\n", routes[i].path, routes[i].meaning);
    return STATUS_OK;
}

/* Whether the path is one of the pattern, in which "{unit}" stands for one part. */
static bool matches(const char *pattern, const char *path, char ret_unit[WIRE_NAME_SIZE])
{
    static const char placeholder[] = "{unit}";
    size_t before = strcspn(pattern, "{"), length;

    if (strncmp(pattern, path, before) != 0)
        return false;
    if (!pattern[before])
        return !path[before];
    length = strcspn(path + before, "/");
    if (length == 0 || length >= WIRE_NAME_SIZE ||
        strcmp(pattern + before + strlen(placeholder), path + before + length) != 0)
        return false;
    memcpy(ret_unit, path + before, length);
    ret_unit[length] = '\0';
    return true;
}

const struct route *route_find(struct request *request)
{
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        if (matches(routes[i].path, request->path, request->unit))
            return &routes[i];
    return NULL;
}

const struct route *route_table(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(routes);
    return routes;
}
