/*
 * Whatever bytes a service sends to $NOTIFY_SOCKET: the parser neither crashes nor reads beyond,
 * and what it takes is within the datagram and within its range. How to run it: fuzz_unit.c.
 */
#include "supervisor/init/limits.h"
#include "supervisor/init/notification.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const char *text, const char *start, size_t size)
{
    assert(!text || (text >= start && text + strlen(text) <= start + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notification_fields fields;
    char *text;

    if (size > NOTIFY_DATAGRAM)
        return 0;
    text = malloc(size + 1);
    assert(text);
    memcpy(text, data, size);
    if (notification_parse(text, size, &fields) == 0) {
        assert(fields.main_pid >= 0 && fields.news.main_pid == 0);
        assert(fields.error_number >= -1 && fields.error_number <= 4095);
        assert(fields.notify_access >= -1 && fields.notify_access <= NOTIFY_ALL);
        assert(!fields.news.stopping || !fields.news.ready);
        check_string(fields.status, text, size);
        check_string(fields.bus_error, text, size);
        check_string(fields.fd_name, text, size);
    } else {
        assert(memchr(data, '\0', size));
    }
    free(text);
    return 0;
}
