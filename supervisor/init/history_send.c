#include "supervisor/init/history_send.h"

#include "supervisor/wire/channel.h"

static int send_verdict(struct pod *pod, struct peer *peer)
{
    union wire_message message;
    int error;

    if (peer->history.has_verdict || !outlook_has_verdict(pod, clock_monotonic_us()))
        return 0;
    wire_begin(&message, WIRE_VERDICT);
    message.verdict.word = (uint8_t)pod->verdict.word;
    wire_copy(message.verdict.root, sizeof(message.verdict.root), pod->verdict.root);
    wire_copy(message.verdict.cause, sizeof(message.verdict.cause), pod->verdict.cause);
    error = channel_send(peer->fd, &message, -1);
    peer->history.has_verdict = error == 0;
    return error;
}

static int send_entries(struct pod *pod, struct peer *peer)
{
    const struct history *history = &pod->recorder.history;
    const struct history_entry *entry = history_next(history, peer->history.number);
    int error = 0;

    while (error == 0 && entry) {
        union wire_message message;
        uint32_t number = peer->history.number;

        wire_begin(&message, WIRE_HISTORY);
        for (; entry && message.history.count < WIRE_HISTORY_MAX;
             entry = history_next(history, number)) {
            message.history.entries[message.history.count++] = *entry;
            number = entry->number;
        }
        error = channel_send(peer->fd, &message, -1);
        if (error == 0)
            peer->history.number = number;
    }
    return error;
}

static int send_words(struct pod *pod, struct peer *peer)
{
    int error = 0;

    for (; error == 0 && peer->history.words < HISTORY_WORDS; peer->history.words += error == 0) {
        const struct history_words *words = &pod->recorder.words[peer->history.words];
        union wire_message message;

        if (words->number == 0)
            continue;
        wire_begin(&message, WIRE_WORDS);
        message.words.words = *words;
        error = channel_send(peer->fd, &message, -1);
    }
    return error;
}

int history_send(struct pod *pod, struct peer *peer)
{
    int error = send_verdict(pod, peer);

    if (error == 0)
        error = send_words(pod, peer);
    if (error == 0)
        error = send_entries(pod, peer);
    peer->history.is_open = error < 0;
    return error;
}
