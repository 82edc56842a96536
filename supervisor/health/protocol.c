#include "supervisor/health/dialogue.h"

const struct protocol *protocol_of(enum probe_kind kind)
{
    static const struct protocol protocols[] = {
        [PROBE_HTTP] = { .ask = http_ask, .judge = http_judge },
        [PROBE_HTTPS] = { .ask = http_ask, .judge = http_judge, .has_tls = true },
        [PROBE_REDIS] = { .ask = redis_ask, .judge = redis_judge },
        [PROBE_TCP] = { 0 },
        [PROBE_UNIX] = { 0 },
        [PROBE_X11] = { .ask = x11_ask, .judge = x11_judge, .is_held = true },
        [PROBE_CDP] = { .ask = http_ask, .judge = cdp_judge },
    };

    return &protocols[kind];
}
