#include "services/kairos/web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/common/service.h"
#include "services/kairos/clock.h"
#include "services/kairos/job.h"
#include "services/kairos/page.h"

#define TYPE_JSON   "application/json"
#define REAL_DIGITS 12 /* enough for prices, too few for noise such as 0.30000000000000004 */

/* For all that is served: nothing from elsewhere, nothing inline, no frame around us. */
static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; "
                             "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
                             "form-action 'none'; frame-ancestors 'none'";

static struct http_answer answer_text(const char *type, const char *text)
{
    return (struct http_answer){ .status = 200,
                                 .type = type,
                                 .text = text,
                                 .policy = policy,
                                 .fd = -1,
                                 .length = strlen(text) };
}

/* Consumes the object. */
static struct http_answer answer_json(int status, json_t *object)
{
    char *body = object != NULL
                     ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS))
                     : NULL;

    json_decref(object);
    if (body == NULL) {
        struct http_answer answer = answer_text(TYPE_JSON, "{\"error\": \"out of memory\"}\n");

        answer.status = 500;
        return answer;
    }
    return (struct http_answer){ .status = status,
                                 .type = TYPE_JSON,
                                 .body = body,
                                 .policy = policy,
                                 .fd = -1,
                                 .length = strlen(body) };
}

static struct http_answer answer_error(int status, const char *text)
{
    return answer_json(status, json_pack("{s:s}", "error", text));
}

/* Newest first, as people want them. */
static json_t *runs_to_json(struct board *board)
{
    struct run runs[STORE_KEEP];
    size_t count = board_runs(board, runs);
    json_t *array = json_array();

    while (count > 0 && array != NULL)
        if (json_array_append_new(array, run_to_json(&runs[--count])) < 0)
            break;
    return array;
}

/* null, or the newest run that is over. */
static json_t *last_run(struct board *board)
{
    struct run runs[STORE_KEEP];
    size_t count = board_runs(board, runs);

    while (count > 0) {
        const struct run *run = &runs[--count];

        if (run->state == RUN_SUCCEEDED || run->state == RUN_FAILED)
            return run_to_json(run);
    }
    return json_null();
}

static struct http_answer get_health(const struct web *web, const char *name)
{
    uint64_t now_us = clock_monotonic_us();
    struct board_browser browser = board_browser(web->board);
    const char *problem = board_browser_problem(&browser, now_us);
    const char *status = browser.was_connected ? "unhealthy" : "starting";
    bool was_heard = browser.heard_us != 0;
    double age_ms = now_us > browser.heard_us ? (double)(now_us - browser.heard_us) / 1000.0 : 0.0;
    json_t *devtools =
        json_pack("{s:b, s:o, s:o}", "connected", browser.is_connected, "latency_ms",
                  was_heard ? json_real((double)browser.latency_us / 1000.0) : json_null(),
                  "answered_ms_ago", was_heard ? json_real(age_ms) : json_null());

    (void)name;
    return answer_json(problem == NULL ? 200 : 503,
                       json_pack("{s:s, s:s?, s:s?, s:o, s:o}", "status",
                                 problem == NULL ? "healthy" : status, "reason", problem, "browser",
                                 browser.version[0] != '\0' ? browser.version : NULL, "devtools",
                                 devtools, "last_run", last_run(web->board)));
}

static struct http_answer get_jobs(const struct web *web, const char *name)
{
    json_t *array = json_array();

    (void)web;
    (void)name;
    for (size_t i = 0; job_at(i) != NULL; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "/jobs/%s/run", job_at(i)->name);
        (void)json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "name", job_at(i)->name,
                                                     "description", job_at(i)->text, "run", path));
    }
    return answer_json(200, json_pack("{s:o}", "jobs", array));
}

static struct http_answer get_runs(const struct web *web, const char *name)
{
    (void)name;
    return answer_json(200, json_pack("{s:o}", "runs", runs_to_json(web->board)));
}

static bool find_run(const struct web *web, const char *id, struct run *run)
{
    struct run wanted;

    return run_id_parse(id, &wanted) == 0 && board_find(web->board, &wanted, run);
}

static struct http_answer get_run(const struct web *web, const char *id)
{
    struct run run;

    if (!find_run(web, id, &run))
        return answer_error(404, "there is no such run");
    return answer_json(200, run_to_json(&run));
}

static struct http_answer get_screenshot(const struct web *web, const char *id)
{
    struct run run;

    if (!find_run(web, id, &run))
        return answer_error(404, "there is no such run");
    if (!run.has_screenshot)
        return answer_error(404, "this run has no screenshot");
    int fd = store_open_screenshot(&web->board->store, &run);

    if (fd < 0)
        return answer_error(fd == -ENOENT ? 404 : 500, "the screenshot cannot be read");
    return (struct http_answer){ .status = 200, .type = "image/png", .policy = policy, .fd = fd };
}

static struct http_answer post_run(const struct web *web, const char *name)
{
    struct run run;

    if (job_find(name) == NULL)
        return answer_error(404, "there is no such job");
    int error = board_request(web->board, name, RUN_BY_REQUEST, &run);

    if (web->worker != NULL)
        worker_wake(web->worker);
    if (error < 0)
        (void)fprintf(stderr, "kairos: cannot store a run: %s; going on\n", strerror(-error));
    struct http_answer answer = answer_json(202, run_to_json(&run));
    char id[RUN_ID_MAX];

    run_id_format(&run, id);
    (void)snprintf(answer.location, sizeof(answer.location), "/runs/%s", id);
    return answer;
}

static struct http_answer get_page(const struct web *web, const char *name)
{
    (void)web;
    (void)name;
    return answer_text("text/html; charset=utf-8", page_html);
}

static struct http_answer get_style(const struct web *web, const char *name)
{
    (void)web;
    (void)name;
    return answer_text("text/css; charset=utf-8", page_css);
}

static struct http_answer get_script(const struct web *web, const char *name)
{
    (void)web;
    (void)name;
    return answer_text("text/javascript; charset=utf-8", page_js);
}

/* A path is before, or before + one name + after. */
struct route {
    const char *before, *after; /* after NULL: no name */
    bool is_post;
    struct http_answer (*answer)(const struct web *web, const char *name);
};

/* clang-format of LLVM 14 dies of this table. */
/* clang-format off */
static const struct route routes[] = {
    { .before = "/",           .answer = get_page },
    { .before = "/kairos.css", .answer = get_style },
    { .before = "/kairos.js",  .answer = get_script },
    { .before = "/health",     .answer = get_health },
    { .before = "/jobs",       .answer = get_jobs },
    { .before = "/jobs/",      .after = "/run", .is_post = true, .answer = post_run },
    { .before = "/runs",       .answer = get_runs },
    { .before = "/runs/",      .after = "", .answer = get_run },
    { .before = "/runs/",      .after = "/screenshot.png", .answer = get_screenshot },
};
/* clang-format on */

/* One name has no slash; what it may be beyond that is for its reader to say. */
static bool route_matches(const struct route *route, const char *path, char name[static RUN_ID_MAX])
{
    size_t length = strlen(route->before);

    name[0] = '\0';
    if (route->after == NULL)
        return strcmp(path, route->before) == 0;
    if (strncmp(path, route->before, length) != 0)
        return false;
    size_t name_length = strcspn(path + length, "/");

    if (name_length == 0 || name_length >= RUN_ID_MAX ||
        strcmp(path + length + name_length, route->after) != 0)
        return false;
    (void)snprintf(name, RUN_ID_MAX, "%.*s", (int)name_length, path + length);
    return true;
}

/* A browser names the page that sends a POST: only our own may. Programs send no Origin. */
static bool is_foreign(const struct web_request *request)
{
    if (request->origin == NULL)
        return false;
    const char *scheme_end = strstr(request->origin, "://");

    return scheme_end == NULL || request->host == NULL ||
           strcmp(scheme_end + 3, request->host) != 0;
}

static struct http_answer answer_by(const struct route *route, const struct web *web,
                                    const struct web_request *request, const char *name)
{
    bool is_post = strcmp(request->method, "POST") == 0;
    bool is_get = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;

    if (route->is_post ? !is_post : !is_get) {
        struct http_answer answer = answer_error(405, "this address does not take that method");

        answer.allow = route->is_post ? "POST" : "GET, HEAD";
        return answer;
    }
    if (is_post && is_foreign(request))
        return answer_error(403, "a page from elsewhere may not do that");
    return route->answer(web, name);
}

struct http_answer web_answer(const struct web *web, const struct web_request *request)
{
    char name[RUN_ID_MAX];

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (route_matches(&routes[i], request->path, name))
            return answer_by(&routes[i], web, request, name);
    return answer_error(404, "there is no such address");
}

struct http_answer web_handle(void *context, const struct http_request *request)
{
    struct web_request asked = { .method = request->method,
                                 .path = request->path,
                                 .origin = http_request_header(request, "Origin"),
                                 .host = http_request_header(request, "Host") };

    return web_answer(context, &asked);
}
