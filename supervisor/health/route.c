#include "supervisor/health/route.h"

#include "supervisor/health/metric.h"
#include "supervisor/health/page.h"
#include "supervisor/health/verdict.h"

#include <string.h>

#define TYPE_TEXT         "text/plain; charset=utf-8"
#define TYPE_PICTURE      "image/png"
#define TYPE_JSON         "application/json"
#define TYPE_METRICS      "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_OPEN_METRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define TYPE_EVENTS       "text/event-stream"

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

/* FNV-1a. */
#define TAG_BASIS UINT64_C(0xcbf29ce484222325)
#define TAG_PRIME UINT64_C(0x100000001b3)

static uint64_t tag_add(uint64_t tag, uint64_t number)
{
    for (int i = 0; i < 8; i++, number >>= 8)
        tag = (tag ^ (number & 0xff)) * TAG_PRIME;
    return tag;
}

/* Of what follows from the table. */
static uint64_t table_tag(const struct sources *sources)
{
    return tag_add(tag_add(TAG_BASIS, sources->nonce), sources->table->changes);
}

static unsigned answer_health(const struct request *request, const struct sources *sources,
                              struct answer *answer)
{
    (void)request;
    render_health(sources->health_page, sources->table, &sources->moment, answer->body);
    answer->tag = table_tag(sources);
    return ready_status(sources->table);
}

static unsigned answer_livez(const struct request *request, const struct sources *sources,
                             struct answer *answer)
{
    (void)sources;
    render_livez(request->is_verbose, answer->body);
    return STATUS_OK;
}

static struct render_checks checks_of(const struct request *request, const struct sources *sources)
{
    return (struct render_checks){ .table = sources->table,
                                   .is_verbose = request->is_verbose,
                                   .excludes = request->excludes,
                                   .exclude_count = request->exclude_count };
}

static unsigned answer_readyz(const struct request *request, const struct sources *sources,
                              struct answer *answer)
{
    struct render_checks view = checks_of(request, sources);

    view.title = "readyz";
    return render_checks(&view, answer->body) ? STATUS_OK : STATUS_UNAVAILABLE;
}

static unsigned answer_startupz(const struct request *request, const struct sources *sources,
                                struct answer *answer)
{
    struct render_checks view = checks_of(request, sources);

    view.title = "startupz";
    view.is_settled = sources->has_started;
    return render_checks(&view, answer->body) ? STATUS_OK : STATUS_UNAVAILABLE;
}

static unsigned answer_readyz_unit(const struct request *request, const struct sources *sources,
                                   struct answer *answer)
{
    const struct row *row = table_find(sources->table, request->unit);
    bool is_good;

    if (!row)
        return no_such_unit(request, answer);
    is_good = render_check(sources->table, row, request->is_verbose, answer->body);
    return is_good ? STATUS_OK : STATUS_UNAVAILABLE;
}

static struct render_units view_of(const struct sources *sources)
{
    return (struct render_units){ .table = sources->table,
                                  .usages = sources->usages,
                                  .lines = sources->lines,
                                  .realtime_us = sources->moment.realtime_us };
}

static void swap_texts(struct answer *answer)
{
    struct text *body = answer->body;

    answer->body = answer->spare;
    answer->spare = body;
}

static unsigned answer_metrics(const struct request *request, const struct sources *sources,
                               struct answer *answer)
{
    struct render_units view = view_of(sources);
    unsigned open = accept_quality(request->accept, "application/openmetrics-text");

    render_metrics(sources->table, &sources->moment, answer->body);
    render_unit_metrics(&view, answer->body);
    render_log_metrics(sources->counts, answer->body);
    render_container(&sources->container, answer->body);
    if (open == 0 || open < accept_quality(request->accept, "text/plain"))
        return STATUS_OK;
    metric_open(answer->body, answer->spare);
    answer->spare->has_failed |= answer->body->has_failed;
    swap_texts(answer);
    answer->type = TYPE_OPEN_METRICS;
    return STATUS_OK;
}

static uint64_t units_tag(const struct sources *sources)
{
    uint64_t tag = table_tag(sources);

    if (sources->lines)
        tag = tag_add(tag, sources->lines->taken);
    for (size_t i = 0; sources->usages && i < sources->usages->count; i++) {
        const struct usage *usage = &sources->usages->units[i];

        tag = tag_add(tag_add(tag_add(tag, usage->processes), usage->memory_bytes), usage->cpu_us);
    }
    return tag;
}

static unsigned answer_units(const struct request *request, const struct sources *sources,
                             struct answer *answer)
{
    struct render_units view = view_of(sources);

    (void)request;
    render_units(&view, answer->body);
    answer->tag = units_tag(sources);
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
    answer->tag = units_tag(sources);
    return STATUS_OK;
}

static unsigned answer_page_file(const char *name, struct answer *answer)
{
    const struct page_file *file = page_find(name);

    if (!file) {
        answer->type = TYPE_TEXT;
        text_put(answer->body, "The page has no such file.\n");
        return STATUS_NOT_FOUND;
    }
    answer->type = file->type;
    answer->tag = file->tag;
    answer->is_page = true;
    text_append(answer->body, (const char *)file->data, file->length);
    return STATUS_OK;
}

static unsigned answer_page(const struct request *request, const struct sources *sources,
                            struct answer *answer)
{
    (void)sources;
    return answer_page_file(request->unit, answer);
}

static unsigned answer_picture(const struct request *request, const struct sources *sources,
                               struct answer *answer)
{
    const struct picture *picture = sources->picture;

    (void)request;
    if (!picture) {
        answer->type = TYPE_TEXT;
        text_put(answer->body, "No picture is kept here.\n");
        return STATUS_NOT_FOUND;
    }
    answer->tag = picture->tag;
    answer->modified_realtime_us = picture->realtime_us;
    answer->is_page = true;
    text_append(answer->body, picture->bytes.bytes, picture->bytes.length);
    return STATUS_OK;
}

static unsigned answer_openapi(const struct request *request, const struct sources *sources,
                               struct answer *answer)
{
    (void)request;
    (void)sources;
    return answer_page_file("openapi.json", answer);
}

static unsigned answer_index(const struct request *request, const struct sources *sources,
                             struct answer *answer);

static const struct route routes[] = {
    { "/", TYPE_TEXT, "this list; for a browser, a page that shows the pod", answer_index,
      ROUTE_OPEN },
    { "/page/{file}", TYPE_TEXT, "what that page is made of", answer_page, ROUTE_OPEN },
    { "/openapi.json", TYPE_JSON, "this list, for programs (OpenAPI 3.1)", answer_openapi,
      ROUTE_OPEN },
    { "/picture", TYPE_PICTURE, "the newest picture of REEVE_HEALTH_PICTURES", answer_picture,
      ROUTE_PICTURE },
    { "/health", TYPE_JSON,
      "the pod and each unit, as JSON; 200 when healthy or degraded, else 503", answer_health,
      ROUTE_KEPT },
    { "/livez", TYPE_TEXT, "200 while PID 1 is connected; ?verbose", answer_livez, ROUTE_PROBE },
    { "/readyz", TYPE_TEXT,
      "200 when all critical units are well, else 503; ?verbose &exclude=UNIT", answer_readyz,
      ROUTE_PROBE },
    { "/readyz/{unit}", TYPE_TEXT, "200 when this unit is well, else 503", answer_readyz_unit, 0 },
    { "/startupz", TYPE_TEXT, "200 from the first time that /readyz was, else 503; ?verbose",
      answer_startupz, ROUTE_PROBE },
    { "/metrics", TYPE_METRICS, "for Prometheus, also as OpenMetrics", answer_metrics,
      ROUTE_PROCESS | ROUTE_USAGE | ROUTE_COUNTS },
    { "/units", TYPE_JSON, "the pod and all that is known of each unit, as JSON", answer_units,
      ROUTE_USAGE | ROUTE_LINES },
    { "/units/{unit}", TYPE_JSON, "one unit, as in /units", answer_unit,
      ROUTE_USAGE | ROUTE_LINES },
    { "/units/{unit}/logs", TYPE_TEXT,
      "what it printed; ?n=LINES &after=SEQUENCE &follow; as JSON for who accepts that", NULL,
      ROUTE_LOGS },
    { "/events", TYPE_EVENTS, "what changes, as server-sent events: pod, unit, probe, log", NULL,
      ROUTE_STREAM | ROUTE_USAGE },
};

static unsigned answer_index(const struct request *request, const struct sources *sources,
                             struct answer *answer)
{
    if (accept_quality(request->accept, "text/html") > 0)
        return answer_page_file("index.html", answer);
    text_put(answer->body, "reeve-health " REEVE_VERSION);
    if (!request->is_stranger)
        text_printf(answer->body, ": the pod is %s",
                    pod_verdict_string(pod_verdict(sources->table)));
    text_put(answer->body, "\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        text_printf(answer->body, "%-19s %s\n", routes[i].path, routes[i].meaning);
    return STATUS_OK;
}

/* Whether the path is one of the pattern, in which a name in braces stands for one part. */
static bool matches(const char *pattern, const char *path, char ret_unit[WIRE_NAME_SIZE])
{
    size_t before = strcspn(pattern, "{"), length;

    if (strncmp(pattern, path, before) != 0)
        return false;
    if (!pattern[before])
        return !path[before];
    length = strcspn(path + before, "/");
    if (length == 0 || length >= WIRE_NAME_SIZE ||
        strcmp(strchr(pattern, '}') + 1, path + before + length) != 0)
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
