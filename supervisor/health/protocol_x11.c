/* X11 connection set-up: X Window System Protocol, X Version 11, section "Connection Setup" and
 * appendix B. */
#include "supervisor/health/dialogue.h"

#include <errno.h>
#include <stdio.h>

enum {
    SETUP_FAILED = 0,
    SETUP_SUCCESS = 1,
    SETUP_AUTHENTICATE = 2,
    SETUP_PREFIX = 8,       /* bytes in front of what depends on the outcome */
    SETUP_VENDOR_SIZE = 24, /* where the length of the vendor's name stands */
    SETUP_VENDOR = 40,      /* where the name itself does */
};

int x11_ask(struct dialogue *dialogue)
{
    /* 'l': least significant byte first; version 11.0; no authorization name and data. */
    static const char hello[12] = { 'l', 0, 11, 0 };

    text_append(&dialogue->request, hello, sizeof(hello));
    return dialogue->request.has_failed ? -ENOMEM : 0;
}

static unsigned word_at(const struct dialogue *dialogue, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)dialogue->heard.bytes + at;

    return bytes[0] | (unsigned)bytes[1] << 8;
}

static enum answer judge_success(struct dialogue *dialogue)
{
    const struct text *heard = &dialogue->heard;
    size_t vendor_length;

    if (heard->length < SETUP_VENDOR)
        return ANSWER_MORE;
    vendor_length = word_at(dialogue, SETUP_VENDOR_SIZE);
    if (heard->length < SETUP_VENDOR + vendor_length)
        return ANSWER_MORE;
    snprintf(dialogue->message, sizeof(dialogue->message), "X%u.%u %.*s", word_at(dialogue, 2),
             word_at(dialogue, 4), (int)(vendor_length < 100 ? vendor_length : 100),
             heard->bytes + SETUP_VENDOR);
    dialogue->may_keep = true;
    return ANSWER_GOOD;
}

static enum answer judge_refusal(struct dialogue *dialogue)
{
    const struct text *heard = &dialogue->heard;
    size_t length = (size_t)word_at(dialogue, 6) * 4;

    if (heard->length < SETUP_PREFIX + length)
        return ANSWER_MORE;
    if (heard->bytes[0] == SETUP_FAILED && (unsigned char)heard->bytes[1] < length)
        length = (unsigned char)heard->bytes[1];
    snprintf(dialogue->message, sizeof(dialogue->message), "the X server refuses us: %.*s",
             (int)(length < 150 ? length : 150), heard->bytes + SETUP_PREFIX);
    return ANSWER_BAD;
}

enum answer x11_judge(struct dialogue *dialogue)
{
    enum answer answer = ANSWER_MORE;

    if (dialogue->heard.length >= SETUP_PREFIX) {
        switch (dialogue->heard.bytes[0]) {
        case SETUP_SUCCESS:
            answer = judge_success(dialogue);
            break;
        case SETUP_FAILED:
        case SETUP_AUTHENTICATE:
            answer = judge_refusal(dialogue);
            break;
        default:
            snprintf(dialogue->message, sizeof(dialogue->message), "this is not an X server");
            return ANSWER_BAD;
        }
    }
    if (answer == ANSWER_MORE && dialogue->has_ended) {
        snprintf(dialogue->message, sizeof(dialogue->message),
                 "the X server closed the connection before it let us in");
        return ANSWER_BAD;
    }
    return answer;
}
