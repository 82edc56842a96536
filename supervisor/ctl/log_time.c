#include "supervisor/ctl/log_time.h"

#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { TEXT_SIZE = 128 };

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

/* "1h 30min", added to now or taken away. */
static int take_span(const char *text, uint64_t now_us, bool is_past, uint64_t *ret_us)
{
    uint64_t span_us;
    int error = value_time(text, USEC_PER_SEC, &span_us);

    if (error < 0)
        return error;
    if (is_past)
        *ret_us = now_us > span_us ? now_us - span_us : 0;
    else
        *ret_us = usec_add(now_us, span_us);
    return 0;
}

/* What counts from now; -ENOENT: it is none of that. */
static int take_relative(char *text, uint64_t now_us, uint64_t *ret_us)
{
    if (strcasecmp(text, "now") == 0) {
        *ret_us = now_us;
        return 0;
    }
    if (text[0] == '+' || text[0] == '-')
        return take_span(text + 1, now_us, text[0] == '-', ret_us);
    if (text[0] == '@')
        return take_span(text + 1, 0, false, ret_us);
    if (ends_with(text, " ago") || ends_with(text, " left")) {
        bool is_past = ends_with(text, " ago");

        text[strlen(text) - strlen(is_past ? " ago" : " left")] = '\0';
        return take_span(text, now_us, is_past, ret_us);
    }
    return -ENOENT;
}

/* Cuts off a weekday; -1: there is none. */
static int take_weekday(const char **text)
{
    static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday" };
    size_t length = strcspn(*text, " ,");

    for (size_t i = 0; (*text)[length] && i < ARRAY_SIZE(days); i++)
        if ((length == 3 || length == strlen(days[i])) &&
            strncasecmp(*text, days[i], length) == 0) {
            *text += length + strspn(*text + length, " ,");
            return (int)i;
        }
    return -1;
}

/* Cuts off ".123456" behind the seconds. */
static int take_fraction(char *text, uint64_t *ret_us)
{
    char *point = strrchr(text, '.');
    uint64_t unit_us = USEC_PER_SEC;

    *ret_us = 0;
    if (!point)
        return 0;
    if (!isdigit((unsigned char)point[1]) || !strchr(text, ':'))
        return -EINVAL;
    for (const char *at = point + 1; *at; at++) {
        if (!isdigit((unsigned char)*at))
            return -EINVAL;
        unit_us /= 10;
        *ret_us += (uint64_t)(*at - '0') * unit_us;
    }
    *point = '\0';
    return 0;
}

/* Date, time of day, or both; what is not said is that of `parts`, of the time of day 0. */
static int take_calendar(const char *text, struct tm *parts)
{
    static const struct {
        const char *format;
        bool has_time, has_seconds;
    } formats[] = {
        /* Two digits first: four would take them for a year, too. */
        { "%y-%m-%d %H:%M:%S", true, true }, { "%Y-%m-%d %H:%M:%S", true, true },
        { "%Y-%m-%dT%H:%M:%S", true, true }, { "%y-%m-%d %H:%M", true, false },
        { "%Y-%m-%d %H:%M", true, false },   { "%Y-%m-%dT%H:%M", true, false },
        { "%y-%m-%d", false, false },        { "%Y-%m-%d", false, false },
        { "%H:%M:%S", true, true },          { "%H:%M", true, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct tm taken = *parts;
        const char *end = strptime(text, formats[i].format, &taken);

        if (!end || *end)
            continue;
        if (!formats[i].has_time)
            taken.tm_hour = taken.tm_min = 0;
        if (!formats[i].has_seconds)
            taken.tm_sec = 0;
        *parts = taken;
        return 0;
    }
    return -EINVAL;
}

/* "today" and its like; false: it is none of them. */
static bool take_day(const char *text, struct tm *parts)
{
    static const struct {
        const char *name;
        int days;
    } words[] = { { "today", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcasecmp(text, words[i].name) == 0) {
            parts->tm_mday += words[i].days;
            parts->tm_hour = parts->tm_min = parts->tm_sec = 0;
            return true;
        }
    return false;
}

static int take_absolute(char *text, bool is_utc, uint64_t now_us, uint64_t *ret_us)
{
    const char *rest = text;
    time_t moment = (time_t)(now_us / USEC_PER_SEC);
    int weekday = take_weekday(&rest), error = 0;
    uint64_t fraction_us = 0;
    struct tm parts;

    if (is_utc)
        gmtime_r(&moment, &parts);
    else
        localtime_r(&moment, &parts);
    if (weekday >= 0 || !take_day(rest, &parts)) {
        error = take_fraction(text + (rest - text), &fraction_us);
        if (error == 0)
            error = take_calendar(rest, &parts);
    }
    if (error < 0)
        return error;
    parts.tm_isdst = -1;
    moment = is_utc ? timegm(&parts) : mktime(&parts);
    if (moment < 0)
        return -ERANGE;
    if (weekday >= 0 && parts.tm_wday != weekday)
        return -EINVAL;
    *ret_us = (uint64_t)moment * USEC_PER_SEC + fraction_us;
    return 0;
}

/* Cuts off the zone; whether it is UTC, and not that of this machine. */
static bool take_zone(char *text)
{
    size_t length = strlen(text);

    tzset();
    if (ends_with(text, " UTC")) {
        text[length - 4] = '\0';
        return true;
    }
    if (length > 10 && strchr(text, 'T') && text[length - 1] == 'Z') {
        text[length - 1] = '\0';
        return true;
    }
    for (int i = 0; i < 2; i++) {
        size_t tail = strlen(tzname[i]);

        if (tail > 0 && length > tail + 1 && text[length - tail - 1] == ' ' &&
            strcmp(text + length - tail, tzname[i]) == 0) {
            text[length - tail - 1] = '\0';
            break;
        }
    }
    return false;
}

int log_time_parse(const char *text, uint64_t now_us, uint64_t *ret_us)
{
    char copy[TEXT_SIZE];
    size_t length;
    bool is_utc;
    int error;

    text += strspn(text, " \t");
    length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0 || length >= sizeof(copy))
        return -EINVAL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    error = take_relative(copy, now_us, ret_us);
    if (error != -ENOENT)
        return error;
    is_utc = take_zone(copy);
    return take_absolute(copy, is_utc, now_us, ret_us);
}
