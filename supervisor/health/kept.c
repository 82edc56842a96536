#include "supervisor/health/kept.h"

bool kept_holds(const struct kept *kept, const struct route *route, uint64_t changes,
                uint64_t now_us)
{
    return kept->response && kept->route == route && kept->changes == changes &&
           now_us - kept->made_us < KEPT_US;
}
