/*
 * Whatever stands in HealthCmd=: it is taken whole or refused with a sentence, and nothing leaks.
 * How to run it: fuzz_unit.c.
 */
#include "supervisor/health/address.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct probe_address address;
    char error[256] = "", *text;

    if (size > INPUT_MAX)
        return 0;
    text = strndup((const char *)data, size);
    assert(text);
    if (probe_address_parse(text, &address, error, sizeof(error)) < 0) {
        assert(error[0] && memchr(error, '\0', sizeof(error)));
    } else {
        assert(address.kind != PROBE_COMMAND || (address.words && address.words[0]));
        assert(address.kind == PROBE_COMMAND || address.kind == PROBE_NOTIFY ||
               address.socket_length > 0);
        for (const struct expectation *at = address.expectations; at; at = at->next)
            (void)expectation_holds(at->value ? at : &(struct expectation){ .value = text }, text);
        probe_address_release(&address);
    }
    free(text);
    return 0;
}
