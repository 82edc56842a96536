/*
 * Whatever bytes a hostile server answers a probe with, in whatever pieces: the protocol comes to
 * an end, keeps no more than is heard, and leaves one line as its message. How to run it:
 * fuzz_unit.c.
 *
 * The first byte chooses the probe, the second how long the pieces are (0: all at once); with its
 * highest bit the peer then hangs up.
 */
#include "supervisor/health/dialogue.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECE_MASK = 0x7f, HANGS_UP = 0x80, INPUT_MAX = 256 * 1024 };

static const char *const commands[] = {
    "http://127.0.0.1/", "http://127.0.0.1/ status=200-499 header=x-mode:fast body='is well'",
    "redis://127.0.0.1", "redis://:secret@127.0.0.1 role=master info=used_memory<500M info=x!=y",
    "cdp://127.0.0.1",   "x11::1",
};

static enum answer judge(struct dialogue *dialogue, const struct protocol *protocol)
{
    enum answer answer = protocol->judge(dialogue);

    assert(answer == ANSWER_MORE || answer == ANSWER_GOOD || answer == ANSWER_BAD);
    assert(memchr(dialogue->message, '\0', sizeof(dialogue->message)));
    assert(answer != ANSWER_BAD || dialogue->message[0]);
    return answer;
}

/* As talk.c does. */
static void converse(struct dialogue *dialogue, const uint8_t *data, size_t size, uint8_t how)
{
    const struct protocol *protocol = protocol_of(dialogue->address->kind);
    size_t piece = how & PIECE_MASK ? how & PIECE_MASK : size;
    enum answer answer = ANSWER_MORE;

    assert(protocol->ask(dialogue) == 0);
    while (size > 0 && answer == ANSWER_MORE && dialogue->heard.length <= DIALOGUE_HEARD_MAX) {
        size_t length = piece < size ? piece : size;

        text_append(&dialogue->heard, (const char *)data, length);
        data += length;
        size -= length;
        answer = judge(dialogue, protocol);
    }
    if (answer == ANSWER_MORE && how & HANGS_UP) {
        dialogue->has_ended = true;
        (void)judge(dialogue, protocol);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct probe_address address;
    struct dialogue dialogue = { .address = &address, .is_fresh = true };
    char error[256];

    if (size < 2 || size > INPUT_MAX)
        return 0;
    assert(probe_address_parse(commands[data[0] % ARRAY_SIZE(commands)], &address, error,
                               sizeof(error)) == 0);
    converse(&dialogue, data + 2, size - 2, data[1]);
    text_release(&dialogue.request);
    text_release(&dialogue.heard);
    probe_address_release(&address);
    return 0;
}
