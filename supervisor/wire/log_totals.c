#include "supervisor/wire/log_totals.h"

#include "supervisor/wire/log_wire.h"

#include <string.h>

bool log_totals_read(const struct log_packet *packet, struct log_totals *ret_totals)
{
    if (packet->kind != LOG_TOTALS || packet->length != sizeof(*ret_totals))
        return false;
    memcpy(ret_totals, packet->text, sizeof(*ret_totals));
    return true;
}

const char *log_drop_string(enum log_drop reason)
{
    switch (reason) {
    case LOG_DROP_LEVEL:
        return "level";
    case LOG_DROP_FILTER:
        return "filter";
    case LOG_DROP_RATE:
        return "rate-limit";
    case LOG_DROP_OVERFLOW:
        return "overflow";
    case LOG_DROPS:
        break;
    }
    return "other";
}

const char *log_target_string(enum log_target target)
{
    return target == LOG_TARGET_FILE ? "file" : "stdout";
}

const char *log_stream_string(unsigned stream)
{
    static const char *const names[LOG_STREAMS] = {
        [LOG_STREAM_OUT] = "stdout",    [LOG_STREAM_ERROR] = "stderr",
        [LOG_STREAM_SYSLOG] = "syslog", [LOG_STREAM_JOURNAL] = "journal",
        [LOG_STREAM_OWN] = "driver",
    };

    return stream < LOG_STREAMS && names[stream] ? names[stream] : "other";
}

const char *log_priority_string(unsigned priority)
{
    static const char *const names[LOG_PRIORITIES] = {
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    };

    return priority < LOG_PRIORITIES ? names[priority] : "other";
}
