#include "services/datahub/history.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNTBACK_MAX 50000
#define TIME_MAX      INT64_C(99999999999) /* the year 5138 */

const char *const history_resolutions[] = { "1", "5", "15", "60", "1D", NULL };

static const struct {
    const char *name;
    int64_t length_s;
} lengths[] = {
    { "1", MINUTE_S },       { "5", 5 * MINUTE_S }, { "15", 15 * MINUTE_S },
    { "60", 60 * MINUTE_S }, { "1D", DAY_S },       { "D", DAY_S }, /* older clients */
};

static int64_t length_of(const char *resolution)
{
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        if (resolution != NULL && strcmp(lengths[i].name, resolution) == 0)
            return lengths[i].length_s;
    return 0;
}

static bool read_number(const char *text, int64_t max, int64_t *ret_value)
{
    char *end = NULL;

    if (!isdigit((unsigned char)text[text[0] == '-' ? 1 : 0]))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);

    if (errno != 0 || *end != '\0' || value > max || value < -max)
        return false;
    *ret_value = value;
    return true;
}

static const char *find_problem(const struct history_query *query, int64_t now_s,
                                struct history_request *request)
{
    request->length_s = length_of(query->resolution);
    request->to_s = now_s + 1;
    if (request->length_s == 0)
        return "resolution must be one of 1, 5, 15, 60, 1D";
    if (query->to != NULL && !read_number(query->to, TIME_MAX, &request->to_s))
        return "to must be a time in seconds since 1970";
    if (query->countback != NULL)
        return read_number(query->countback, COUNTBACK_MAX, &request->countback) &&
                       request->countback > 0
                   ? NULL
                   : "countback must be a number from 1 to 50000";
    if (query->from == NULL)
        return "from or countback must be given";
    if (!read_number(query->from, TIME_MAX, &request->from_s))
        return "from must be a time in seconds since 1970";
    return request->from_s < request->to_s ? NULL : "from must be before to";
}

int history_parse(const struct history_query *query, int64_t now_s,
                  struct history_request *ret_request, const char **ret_problem)
{
    struct history_request request = { 0 };
    const char *problem = find_problem(query, now_s, &request);

    if (problem != NULL) {
        *ret_problem = problem;
        return -EINVAL;
    }
    *ret_request = request;
    return 0;
}

struct candle_range history_range(const struct history_request *request)
{
    int64_t length_s = request->length_s;
    struct candle_range range = {
        .to_s = candle_floor(request->to_s - 1, length_s) + length_s,
        .count = HISTORY_KEPT_MAX,
    };

    if (request->countback == 0) {
        range.from_s = candle_floor(request->from_s + length_s - 1, length_s);
        return range;
    }

    int64_t wanted = request->countback * (length_s / MINUTE_S);

    if (wanted < range.count)
        range.count = wanted;
    return range;
}

/*
 * History begins at midnight and has no holes. So when the first minute is not the first of its
 * bar, the bar's beginning was not asked for or has been trimmed away: that bar is not shown, or it
 * would change with the time of the request.
 */
static bool begins_within_a_bar(const struct candle_list *list, int64_t length_s)
{
    return list->count > 0 && list->items[0].time_s % length_s != 0;
}

static void drop_oldest(struct candle_list *list, size_t extra)
{
    if (extra == 0)
        return;
    list->count -= extra;
    memmove(list->items, list->items + extra, list->count * sizeof(*list->items));
}

void history_slice(const struct history_request *request, struct candle_list *list)
{
    size_t countback = (size_t)request->countback;
    size_t partial = begins_within_a_bar(list, request->length_s) ? 1 : 0;

    candle_list_aggregate(list, request->length_s);
    drop_oldest(list, partial);
    if (countback != 0 && list->count > countback)
        drop_oldest(list, list->count - countback);
}
