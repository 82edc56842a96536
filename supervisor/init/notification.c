#include "supervisor/init/notification.h"

#include "supervisor/unit/lexer.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
    FDNAME_SIZE = 255, /* sd_pid_notify_with_fds(3), FDNAME= */
};

/* How the value of one field is taken; false: it cannot be used. */
typedef bool take_value(struct notification_fields *fields, const char *value);

/* As in systemd, a text that cannot be shown takes the old one away. */
static bool take_status(struct notification_fields *fields, const char *value)
{
    bool is_valid = utf8_is_valid(value);

    fields->status = is_valid ? value : value + strlen(value); /* "", but of the datagram */
    return is_valid;
}

/* ASCII that needs no quoting anywhere (string_is_safe_ascii()). */
static bool take_bus_error(struct notification_fields *fields, const char *value)
{
    for (const char *at = value; *at; at++)
        if (*at < ' ' || *at >= 127 || strchr("\"'\\", *at))
            return false;
    fields->bus_error = value;
    return true;
}

static bool take_errno(struct notification_fields *fields, const char *value)
{
    return value_errno(value, &fields->error_number) == 0;
}

static bool take_main_pid(struct notification_fields *fields, const char *value)
{
    int pid;

    if (value_integer(value, 1, INT_MAX, &pid) < 0)
        return false;
    fields->main_pid = pid;
    return true;
}

static bool take_monotonic(struct notification_fields *fields, const char *value)
{
    return value_unsigned(value, UINT64_MAX, &fields->news.monotonic_us) == 0;
}

/* The greatest number is "none", as 0 is. */
static bool take_span(uint64_t *target_us, const char *value)
{
    uint64_t span_us;

    if (value_unsigned(value, UINT64_MAX, &span_us) < 0)
        return false;
    *target_us = span_us == USEC_INFINITY ? 0 : span_us;
    return true;
}

static bool take_watchdog_usec(struct notification_fields *fields, const char *value)
{
    return take_span(&fields->news.watchdog_us, value);
}

static bool take_extend_timeout(struct notification_fields *fields, const char *value)
{
    return take_span(&fields->news.extend_timeout_us, value);
}

static bool take_watchdog(struct notification_fields *fields, const char *value)
{
    fields->news.watchdog = strcmp(value, "1") == 0;
    fields->news.watchdog_trigger = strcmp(value, "trigger") == 0;
    return fields->news.watchdog || fields->news.watchdog_trigger;
}

/* As in systemd, a word that is none of them takes back what was said before. */
static bool take_notify_access(struct notification_fields *fields, const char *value)
{
    static const char *const names[] = {
        [NOTIFY_NONE] = "none",
        [NOTIFY_MAIN] = "main",
        [NOTIFY_EXEC] = "exec",
        [NOTIFY_ALL] = "all",
    };

    fields->has_notify_access = true;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(value, names[i]) == 0) {
            fields->notify_access = (int)i;
            return true;
        }
    return false;
}

/* Names are joined by ":" in $LISTEN_FDNAMES. */
static bool take_fd_name(struct notification_fields *fields, const char *value)
{
    for (const char *at = value; *at; at++)
        if (*at < ' ' || *at >= 127 || *at == ':' || at - value >= FDNAME_SIZE)
            return false;
    fields->fd_name = value;
    return true;
}

/* Fields with a value: only the first of each name counts. */
static const struct {
    const char *name; /* with its "=" */
    take_value *take;
} values[] = {
    { "MAINPID=", take_main_pid },
    { "MONOTONIC_USEC=", take_monotonic },
    { "STATUS=", take_status },
    { "ERRNO=", take_errno },
    { "BUSERROR=", take_bus_error },
    { "EXTEND_TIMEOUT_USEC=", take_extend_timeout },
    { "WATCHDOG=", take_watchdog },
    { "WATCHDOG_USEC=", take_watchdog_usec },
    { "NOTIFYACCESS=", take_notify_access },
    { "FDNAME=", take_fd_name },
};

/* Fields that are there or not; another value is no error, it only means nothing. EXIT_STATUS= is
 * for managers above us, systemd does not look at a service's either. */
static const struct {
    const char *line;
    size_t offset; /* of the bool */
} words[] = {
    { "READY=1", offsetof(struct notification_fields, news.ready) },
    { "RELOADING=1", offsetof(struct notification_fields, news.reloading) },
    { "STOPPING=1", offsetof(struct notification_fields, news.stopping) },
    { "BARRIER=1", offsetof(struct notification_fields, is_barrier) },
    { "FDSTORE=1", offsetof(struct notification_fields, fd_store) },
    { "FDSTOREREMOVE=1", offsetof(struct notification_fields, fd_store_remove) },
    { "FDPOLL=0", offsetof(struct notification_fields, is_fd_unpolled) },
};

static void take_line(struct notification_fields *fields, const char *line, uint32_t *seen)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(line, words[i].line) == 0)
            *(bool *)((char *)fields + words[i].offset) = true;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        size_t length = strlen(values[i].name);

        if (strncmp(line, values[i].name, length) != 0 || (*seen & UINT32_C(1) << i))
            continue;
        *seen |= UINT32_C(1) << i;
        if (!values[i].take(fields, line + length) && !fields->invalid)
            fields->invalid = values[i].name;
    }
}

/* STOPPING=1 beats the two others. READY=1 together with RELOADING=1 says that a reload began and
 * ended: both stay. */
static void settle_words(struct notification_fields *fields)
{
    if (fields->news.stopping)
        fields->news.ready = fields->news.reloading = false;
}

int notification_parse(char *text, size_t size, struct notification_fields *ret_fields)
{
    static const char separators[] = "\n\r";
    struct notification_fields fields = {
        .news = { .monotonic_us = USEC_INFINITY, .watchdog_us = USEC_INFINITY },
        .error_number = -1,
        .notify_access = -1,
    };
    uint32_t seen = 0;

    if (size > 1 && memchr(text, '\0', size - 1))
        return -EBADMSG;
    text[size] = '\0';
    while (*text) {
        size_t length = strcspn(text, separators);
        bool is_last = text[length] == '\0';

        text[length] = '\0';
        take_line(&fields, text, &seen);
        text += length + !is_last;
    }
    settle_words(&fields);
    *ret_fields = fields;
    return 0;
}
