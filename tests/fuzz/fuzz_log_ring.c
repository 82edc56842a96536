/*
 * Whatever a former reeve-log has left in its memory file, and whatever a reader sends: the ring
 * takes back what is sound, ends when it is read, and can be written to. How to run it:
 * fuzz_unit.c.
 */
#include "supervisor/log/query.h"
#include "supervisor/log/ring_private.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 100000 };

static const struct ring_limits limits = { .size = RING_BLOCKS_MIN * RING_BLOCK_SIZE,
                                           .unit_size = RING_UNIT_BLOCKS_MIN * RING_BLOCK_SIZE,
                                           .age_us = USEC_INFINITY };

static void append(struct ring *ring, const char *unit, const uint8_t *data, size_t size)
{
    struct ring_unit *of = ring_unit_get(ring, unit);
    struct log_packet line = {
        .kind = LOG_LINE,
        .identifier = "x",
        .text = (const char *)data,
        .length = size,
    };

    assert(of);
    ring_append(ring, of, &line);
}

static void read_all(struct ring *ring, const struct log_request *request)
{
    static char buffer[LOG_PACKET_MAX];
    struct query query = { 0 };
    enum query_step step = QUERY_SKIPPED;
    unsigned steps = 0;

    query_open(&query, ring, request);
    while (query.is_open && step != QUERY_WAITS) {
        size_t length = 0;
        struct log_packet packet;

        step = query_next(&query, ring, buffer, &length);
        assert(steps++ < STEPS_MAX && step != QUERY_REFUSED);
        if (step != QUERY_HAS)
            continue;
        assert(log_wire_decode(buffer, length, &packet));
        query_taken(&query, ring);
    }
    query_close(&query);
}

/* The bytes over what a sound ring has left, from an offset that they tell. */
static void spoil(struct ring *ring, const uint8_t *data, size_t size)
{
    size_t whole = ring->block_count * RING_BLOCK_SIZE, at = 0;

    if (size >= 2)
        at = (size_t)(data[0] | data[1] << 8) % whole;
    if (size > whole - at)
        size = whole - at;
    if (size > 0)
        memcpy((char *)ring->blocks + at, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ring ring;
    struct log_request request = log_wire_request(NULL);
    struct log_packet packet;
    int fd;

    if (ring_init(&ring, &limits, -1) < 0)
        return 0;
    for (int i = 0; i < 30; i++)
        append(&ring, i % 2 ? "a.service" : "b.service", data, size < 500 ? size : 500);
    spoil(&ring, data, size);
    fd = dup(ring.fd);
    ring_release(&ring);
    assert(ring_init(&ring, &limits, fd) == 0);
    append(&ring, "a.service", data, size < LOG_TEXT_MAX ? size : LOG_TEXT_MAX);
    read_all(&ring, &request);
    if (size >= sizeof(request)) {
        memcpy(&request, data, sizeof(request));
        request.version = LOG_WIRE_VERSION;
        request.size = sizeof(request);
        if (log_wire_check_request(&request, sizeof(request)))
            read_all(&ring, &request);
    }
    (void)!log_wire_decode((const char *)data, size, &packet);
    ring_release(&ring);
    return 0;
}
