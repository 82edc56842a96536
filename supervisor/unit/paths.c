#include "supervisor/unit/paths.h"

#include <string.h>

bool path_simplify(char *path)
{
    char *to = path, *from = path;
    bool is_absolute = *path == '/', is_good = true;

    while (*from) {
        size_t length;

        from += strspn(from, "/");
        length = strcspn(from, "/");
        if (length == 2 && memcmp(from, "..", 2) == 0)
            is_good = false;
        if (length > 0 && !(length == 1 && *from == '.')) {
            if (to != path || is_absolute)
                *to++ = '/';
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    if (to == path && *path)
        *to++ = is_absolute ? '/' : '.';
    *to = '\0';
    return is_good;
}
