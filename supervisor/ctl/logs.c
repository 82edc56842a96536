#include "supervisor/ctl/logs.h"

#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MS = 200 };

/* Packets that cannot be printed yet, as some more may push them out, or the newest comes first. */
struct kept_packet {
    char *bytes;
    size_t length;
};

struct kept {
    struct kept_packet *list;
    size_t count, capacity;
    size_t first; /* of those that are still wanted */
};

struct session {
    struct logs *logs;
    struct log_reader reader;
    struct kept kept;
    uint64_t last_sequence; /* of what was seen */
    uint64_t shown;
    bool is_live; /* the backlog has been shown */
};

static void kept_release(struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        free(kept->list[i].bytes);
    free(kept->list);
    *kept = (struct kept){ 0 };
}

static int kept_add(struct kept *kept, const struct log_packet *packet, uint64_t most)
{
    char *bytes;

    if (kept->count == kept->capacity) {
        size_t capacity = kept->capacity ? 2 * kept->capacity : 64;
        struct kept_packet *grown = reallocarray(kept->list, capacity, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        kept->list = grown;
        kept->capacity = capacity;
    }
    bytes = malloc(packet->length + packet->fields_length + 2 * LOG_NAME_SIZE + LOG_NAME_SIZE);
    if (!bytes)
        return -ENOMEM;
    kept->list[kept->count++] =
        (struct kept_packet){ .bytes = bytes, .length = log_wire_encode(packet, bytes) };
    if (kept->count - kept->first > most) {
        free(take_pointer(&kept->list[kept->first].bytes));
        kept->first++;
    }
    return 0;
}

/* --- showing --- */

static void show(struct session *session, const struct log_packet *packet)
{
    log_print(packet, &session->logs->style, stdout);
    session->shown += packet->kind == LOG_LINE;
}

static void show_kept(struct session *session)
{
    struct kept *kept = &session->kept;
    size_t count = kept->count - kept->first;

    for (size_t i = 0; i < count; i++) {
        size_t at = session->logs->is_reverse ? kept->count - 1 - i : kept->first + i;
        struct log_packet packet;

        if (log_wire_decode(kept->list[at].bytes, kept->list[at].length, &packet))
            show(session, &packet);
    }
    kept_release(kept);
}

static bool has_to_keep(const struct logs *logs)
{
    return logs->is_reverse ||
           (logs->lines != LOG_ALL_LINES && !log_select_is_simple(&logs->select));
}

/* 0; 1: the answer is complete; negative: it is over. */
static int take(struct session *session, const struct log_packet *packet)
{
    const struct logs *logs = session->logs;

    switch (packet->kind) {
    case LOG_LINE:
    case LOG_GAP:
        if (packet->kind == LOG_LINE)
            session->last_sequence = packet->sequence;
        if (!log_select_has(&logs->select, packet))
            return 0;
        if (!session->is_live && has_to_keep(logs))
            return kept_add(&session->kept, packet,
                            log_select_is_simple(&logs->select) ? UINT64_MAX : logs->lines);
        show(session, packet);
        return 0;
    case LOG_END:
        show_kept(session);
        session->is_live = true;
        if (!logs->is_following && session->shown == 0 && !logs->is_quiet &&
            !log_output_is_data(logs->style.output))
            puts("-- No entries --");
        return !logs->is_following;
    case LOG_REFUSED:
        fputs("reevectl: reeve-log has no room for another reader.\n", stderr);
        return -EBUSY;
    case LOG_TOTALS:
        return 0; /* not asked for */
    }
    return 0;
}

/* --- asking --- */

static struct log_request request_of(const struct session *session)
{
    const struct logs *logs = session->logs;
    bool is_simple = log_select_is_simple(&logs->select);
    bool is_one = is_simple && logs->select.unit_count == 1;
    struct log_request request = log_wire_request(is_one ? logs->select.units[0] : NULL);

    request.lines = is_simple && !session->is_live ? logs->lines : LOG_ALL_LINES;
    request.after_sequence =
        session->last_sequence > 0 ? session->last_sequence : logs->after_sequence;
    request.since_realtime_us = logs->since_us;
    request.until_realtime_us = logs->until_us;
    request.lowest_priority = logs->select.lowest_priority;
    request.is_following = logs->is_following;
    return request;
}

/* Until the answer is complete, or the connection has ended. */
static int read_answer(struct session *session)
{
    struct log_request request = request_of(session);
    int result = log_reader_ask(&session->reader, &request);

    while (result == 0) {
        struct log_packet packet;

        /* What is there is written out before more is waited for. */
        result = log_reader_next(&session->reader, 0, &packet);
        if (result == -ETIMEDOUT) {
            if (fflush(stdout) != 0)
                return -EPIPE;
            result =
                log_reader_next(&session->reader,
                                session->is_live ? -1 : session->logs->client.timeout_ms, &packet);
        }
        if (result == 0)
            result = take(session, &packet);
    }
    return result;
}

/* reeve-log has gone: a follower goes on behind the last line that it has seen with the next one.
 * 0, or why it cannot: the pod has ended. */
static int reconnect(struct session *session)
{
    int error;

    log_reader_close(&session->reader);
    fflush(stdout);
    error = log_reader_open(&session->reader, &session->logs->client, true);
    if (error < 0 && error != -ETIMEDOUT) { /* PID 1 may have been reloading its own */
        (void)usleep(RETRY_MS * 1000);
        error = log_reader_open(&session->reader, &session->logs->client, true);
    }
    if (error < 0 && !session->logs->is_quiet)
        fputs("-- The pod has ended --\n", stderr);
    return error;
}

/* Lines carry a unit's own name: a second one is looked up. What reeve itself says stands under
 * init.scope, as with systemd, but who asks for "reeve" means that. */
static void resolve_names(struct logs *logs)
{
    for (size_t i = 0; i < logs->select.unit_count; i++) {
        struct details details = { 0 };
        int error;

        if (strpbrk(logs->names[i], "*?[") || client_open_quietly(&logs->client) < 0)
            continue;
        error = client_show(&logs->client, logs->names[i], &details);
        client_close(&logs->client);
        if (error == 0)
            wire_copy(logs->names[i], LOG_NAME_SIZE, details_text(&details, "Id"));
        else if (error == -ENOENT && strcmp(logs->names[i], "reeve.service") == 0)
            wire_copy(logs->names[i], LOG_NAME_SIZE, "init.scope");
        details_release(&details);
    }
}

static int run(struct session *session)
{
    int result;

    resolve_names(session->logs);
    result = log_reader_open(&session->reader, &session->logs->client, false);

    if (result < 0)
        return CTL_FAILURE;
    for (;;) {
        result = read_answer(session);
        if (result != -EPIPE || !session->logs->is_following || ferror(stdout))
            break;
        if (reconnect(session) < 0) {
            result = 1;
            break;
        }
    }
    if (result == -EPIPE && !ferror(stdout))
        fputs("reevectl: reeve-log has ended.\n", stderr);
    else if (result < 0 && result != -EBUSY && result != -EPIPE)
        client_complain(result);
    if (result > 0 && session->logs->shows_cursor && session->last_sequence > 0)
        printf("-- cursor: s=%llx\n", (unsigned long long)session->last_sequence);
    log_reader_close(&session->reader);
    kept_release(&session->kept);
    return result < 0 ? CTL_FAILURE : CTL_OK;
}

/* "fe0a7c52-…" without its dashes, as the journal has it. */
static void read_boot_id(char text[40])
{
    char line[64] = "";
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    size_t used = 0;

    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < length && used < 39; i++)
        if (line[i] != '-' && line[i] != '\n')
            text[used++] = line[i];
    text[used] = '\0';
}

int logs_main(int argc, char **argv)
{
    static struct logs logs;
    static struct session session;
    struct print_style style = { 0 };
    int result;

    logs.client = (struct client){ .fd = -1, .timeout_ms = CLIENT_TIMEOUT_MS };
    logs.select.lowest_priority = 7;
    logs.lines = LOG_ALL_LINES;
    logs.ignores_case = -1;
    if (gethostname(logs.host, sizeof(logs.host) - 1) == 0)
        logs.style.host = logs.host;
    read_boot_id(logs.boot_id);
    logs.style.boot_id = logs.boot_id;
    ctl_set_style(&style);
    logs.style.has_colour = style.has_colour;
    session.logs = &logs;
    result = logs_read_options(argc, argv, &logs);
    if (result == 0)
        result = run(&session);
    else
        result = result > 0 ? CTL_OK : CTL_FAILURE;
    if (logs.select.grep)
        regfree(logs.select.grep);
    return verb_end(result);
}
