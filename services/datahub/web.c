#include "services/datahub/web.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "services/datahub/assets.h"
#include "services/datahub/history.h"
#include "services/datahub/udf.h"

#define TYPE_JSON       "application/json"
#define TYPE_TEXT       "text/plain; charset=utf-8"
#define SEARCH_LIMIT    30
#define QUOTES_MAX      64
#define NAME_MAX_LENGTH 64
#define ERROR_AWAY      "Redis, which holds the data, is away or has only just come back"
#define ERROR_SYMBOL    "unknown_symbol"

/*
 * The hash is that of the style that lightweight-charts puts into the page for its logo, which
 * leads to its makers. When a new version changes it, Chromium's console names the new hash.
 */
#define PAGE_POLICY                                                                                \
    "default-src 'self'; style-src 'self' 'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='; " \
    "base-uri 'none'; "                                                                            \
    "form-action 'none'; frame-ancestors 'none'; object-src 'none'"

static int64_t wall_s(void)
{
    return (int64_t)time(NULL);
}

static int64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Consumes the value. Anybody's page may read it: charts of TradingView are served from elsewhere.
 */
static struct http_answer answer_json(int status, json_t *value)
{
    struct http_answer answer = HTTP_ANSWER_EMPTY;

    answer.status = status;
    answer.type = TYPE_JSON;
    answer.allow_origin = "*";
    answer.body = udf_dump(value);
    if (answer.body == NULL) {
        answer.status = 500;
        answer.text = "{\"s\":\"error\",\"errmsg\":\"out of memory\"}";
    }
    answer.length = strlen(answer.body != NULL ? answer.body : answer.text);
    return answer;
}

static struct http_answer answer_error(int status, const char *text)
{
    return answer_json(status, udf_error(text));
}

/* What went wrong between us and Redis. */
static struct http_answer answer_failure(int error)
{
    return error == -ENOMEM ? answer_error(500, "out of memory") : answer_error(503, ERROR_AWAY);
}

static bool is_redis_away(struct web *web)
{
    struct status_view view = status_read(web->status);

    return !view.is_connected || !view.has_history;
}

static const char *query_or(const struct http_request *request, const char *name,
                            const char *otherwise)
{
    const char *value = http_request_query(request, name);

    return value != NULL ? value : otherwise;
}

static struct http_answer get_health(struct web *web, const struct http_request *request)
{
    struct status_view view = status_read(web->status);
    int64_t now_ms = monotonic_ms();

    (void)request;
    return answer_json(status_is_healthy(&view, now_ms) ? 200 : 503,
                       status_json(&view, now_ms, web->redis));
}

static struct http_answer get_config(struct web *web, const struct http_request *request)
{
    (void)request;
    return answer_json(200, udf_config(web->symbols));
}

static struct http_answer get_symbol(struct web *web, const struct http_request *request)
{
    const struct symbol *symbol = symbol_find(web->symbols, query_or(request, "symbol", ""));

    return symbol != NULL ? answer_json(200, udf_symbol(symbol)) : answer_error(404, ERROR_SYMBOL);
}

static struct http_answer get_search(struct web *web, const struct http_request *request)
{
    long limit = strtol(query_or(request, "limit", "0"), NULL, 10);
    struct symbol_query query = {
        .text = query_or(request, "query", ""),
        .type = query_or(request, "type", ""),
        .exchange = query_or(request, "exchange", ""),
        .limit = limit > 0 ? (size_t)limit : SEARCH_LIMIT,
    };
    struct symbol_list found;

    symbol_search(web->symbols, &query, &found);
    return answer_json(200, udf_search(&found));
}

static struct http_answer get_time(struct web *web, const struct http_request *request)
{
    struct http_answer answer = HTTP_ANSWER_EMPTY;
    char *text = NULL;

    (void)web;
    (void)request;
    int length = asprintf(&text, "%lld", (long long)wall_s());

    if (length < 0)
        return answer_failure(-ENOMEM);
    answer.type = TYPE_TEXT;
    answer.allow_origin = "*";
    answer.body = text;
    answer.length = (size_t)length;
    return answer;
}

/* The candles that are over, and the one that is being drawn when it is in the range. */
static int read_minutes(struct web *web, const struct symbol *symbol,
                        const struct candle_range *range, struct candle_list *list)
{
    struct feed_state state;
    int error = store_load(web->store, symbol, &state);

    if (error == 0)
        error = store_candles(web->store, symbol, range, list);
    if (error < 0)
        return error;
    int64_t time_s = state.minute.time_s;
    bool is_in_range = time_s >= range->from_s && time_s < range->to_s;
    bool is_news = list->count == 0 || list->items[list->count - 1].time_s < time_s;

    return is_in_range && is_news ? candle_list_add(list, state.minute) : 0;
}

/* The time of the bar before an empty range, -1 when there is none. */
static int find_earlier(struct web *web, const struct symbol *symbol,
                        const struct history_request *request, int64_t *ret_time_s)
{
    struct candle_range before = { .to_s = history_range(request).from_s, .count = 1 };
    struct candle_list list = { 0 };
    int error = read_minutes(web, symbol, &before, &list);

    if (error == 0)
        *ret_time_s = list.count > 0
                          ? candle_floor(list.items[list.count - 1].time_s, request->length_s)
                          : -1;
    candle_list_release(&list);
    return error;
}

static struct http_answer answer_no_data(struct web *web, const struct symbol *symbol,
                                         const struct history_request *request)
{
    int64_t next_s = -1;
    int error = find_earlier(web, symbol, request, &next_s);

    return error < 0 ? answer_failure(error) : answer_json(200, udf_no_data(next_s));
}

static struct http_answer answer_history(struct web *web, const struct symbol *symbol,
                                         const struct history_request *request)
{
    struct candle_range range = history_range(request);
    struct candle_list list = { 0 };
    struct http_answer answer;
    int error = read_minutes(web, symbol, &range, &list);

    if (error == 0)
        history_slice(request, &list);
    if (error < 0)
        answer = answer_failure(error);
    else if (list.count == 0)
        answer = answer_no_data(web, symbol, request);
    else
        answer = answer_json(200, udf_history(symbol, &list));
    candle_list_release(&list);
    return answer;
}

static struct http_answer get_history(struct web *web, const struct http_request *request)
{
    const struct symbol *symbol = symbol_find(web->symbols, query_or(request, "symbol", ""));
    struct history_query query = {
        .resolution = http_request_query(request, "resolution"),
        .from = http_request_query(request, "from"),
        .to = http_request_query(request, "to"),
        .countback = http_request_query(request, "countback"),
    };
    struct history_request wanted;
    const char *problem = NULL;

    if (symbol == NULL)
        return answer_error(404, ERROR_SYMBOL);
    if (history_parse(&query, wall_s(), &wanted, &problem) < 0)
        return answer_error(400, problem);
    if (is_redis_away(web))
        return answer_error(503, ERROR_AWAY);
    return answer_history(web, symbol, &wanted);
}

static int append_quote(struct web *web, const char *name, json_t *elements)
{
    const struct symbol *symbol = symbol_find(web->symbols, name);
    struct feed_state state;

    if (symbol == NULL)
        return json_array_append_new(elements, udf_quote_error(name, ERROR_SYMBOL)) < 0 ? -ENOMEM
                                                                                        : 0;
    int error = store_load(web->store, symbol, &state);

    if (error < 0)
        return error;
    return json_array_append_new(elements, udf_quote(name, symbol, &state)) < 0 ? -ENOMEM : 0;
}

static int append_quotes(struct web *web, const char *names, json_t *elements)
{
    int error = 0;

    for (int i = 0; error == 0 && i < QUOTES_MAX; i++) {
        size_t length = strcspn(names, ",");
        char name[NAME_MAX_LENGTH];

        (void)snprintf(name, sizeof(name), "%.*s", (int)length, names);
        error = append_quote(web, name, elements);
        if (names[length] == '\0')
            break;
        names += length + 1;
    }
    return error;
}

static struct http_answer get_quotes(struct web *web, const struct http_request *request)
{
    const char *names = query_or(request, "symbols", "");

    if (names[0] == '\0')
        return answer_error(400, "symbols must be given, such as BTCUSD,EURUSD");
    if (is_redis_away(web))
        return answer_error(503, ERROR_AWAY);
    json_t *elements = json_array();
    int error = append_quotes(web, names, elements);

    if (error == 0)
        return answer_json(200, udf_quotes(elements));
    json_decref(elements);
    return answer_failure(error);
}

static const struct route {
    const char *path;
    struct http_answer (*get)(struct web *web, const struct http_request *request);
} routes[] = {
    { "/health", get_health },       { "/quotes", get_quotes },      { "/udf/config", get_config },
    { "/udf/history", get_history }, { "/udf/quotes", get_quotes }, /* where a UDF client asks that
                                  was given /udf as its base */
    { "/udf/search", get_search },   { "/udf/symbols", get_symbol }, { "/udf/time", get_time },
};

static struct http_answer answer_asset(const struct asset *asset)
{
    struct http_answer answer = HTTP_ANSWER_EMPTY;

    answer.type = asset->type;
    answer.policy = PAGE_POLICY;
    answer.text = (const char *)asset->data;
    answer.length = asset->length;
    return answer;
}

static bool is_read(const struct http_request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

static struct http_answer answer_method(void)
{
    struct http_answer answer = answer_error(405, "this address can only be read");

    answer.allow = "GET, HEAD";
    return answer;
}

struct http_answer web_answer(void *context, const struct http_request *request)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (strcmp(routes[i].path, request->path) == 0)
            return is_read(request) ? routes[i].get(context, request) : answer_method();
    for (const struct asset *asset = assets; asset->path != NULL; asset++)
        if (strcmp(asset->path, request->path) == 0)
            return is_read(request) ? answer_asset(asset) : answer_method();
    return answer_error(404, "there is no such address");
}
