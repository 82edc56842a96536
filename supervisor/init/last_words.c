#include "supervisor/init/last_words.h"

#include "supervisor/init/report.h"
#include "supervisor/wire/cause.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LINKS_TOLD = 3, LINK_TOLD = 320 }; /* of the chain; bytes of each */

struct words {
    unit_id root; /* UNIT_NONE: nobody is to blame */
    size_t used;
    char text[WIRE_WORDS_SIZE];
};

PRINTF_LIKE(2, 3)
static void add(struct words *words, const char *format, ...)
{
    size_t room = sizeof(words->text) - words->used;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(words->text + words->used, room, format, arguments);
    va_end(arguments);
    /* What does not fit is left out; it is no more than the end of a very long name. */
    if (length > 0)
        words->used += (size_t)length < room ? (size_t)length : room - 1;
}

static bool has_edge(const struct pod *pod, unit_id unit, enum edge edge, unit_id on)
{
    const struct unit_edges *edges = &pod->set.edges[unit][edge];

    for (size_t i = 0; i < edges->count; i++)
        if (edges->to[i] == on)
            return true;
    return false;
}

static bool requires(const void *context, unit_id unit, unit_id on)
{
    return has_edge(context, unit, EDGE_REQUIRES, on) || has_edge(context, unit, EDGE_BINDS_TO, on);
}

static const char *name_of(const void *context, unit_id unit)
{
    const struct pod *pod = context;

    return unit >= 0 && (size_t)unit < pod->set.count ? pod_unit_name(pod, unit)
                                                      : "a unit that is gone";
}

static void add_links(const struct pod *pod, struct words *words, unit_id culprit)
{
    struct cause_pod view = { .history = &pod->recorder.history,
                              .unit_count = pod->set.count,
                              .requires = requires,
                              .name = name_of,
                              .context = pod };
    struct cause cause;
    char text[CAUSE_TEXT];

    cause_find(&view, culprit, &cause);
    words->root = cause.count > 0 ? cause_root(&cause) : culprit;
    for (size_t i = 0; i < cause.count; i++) {
        const struct cause_link *link = &cause.links[i];

        /* The first ones and the root tell the story. */
        if (i >= LINKS_TOLD - 1 && i + 1 < cause.count)
            continue;
        cause_text(&view, link, text);
        add(words, "%sbecause %.*s\n", link->is_likely ? "probably " : "", LINK_TOLD, text);
    }
}

static struct words compose(const struct pod *pod, int status)
{
    struct words words = { .root = UNIT_NONE };
    unit_id culprit = pod->recorder.ender;

    if (culprit == UNIT_NONE)
        culprit = engine_first_failed(&pod->engine);
    add(&words, "the pod ends with exit status %d\n", status);
    if (culprit != UNIT_NONE)
        add_links(pod, &words, culprit);
    return words;
}

int last_words_open(void)
{
    const char *path = getenv("REEVE_TERMINATION_LOG");
    cleanup_fd int fd = open(path && *path ? path : "/dev/termination-log",
                             O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    struct stat status;

    return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? take_fd(&fd) : -1;
}

static struct peer *logger_of(struct pod *pod, unit_id id)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (pod->peers.list[i].role == PEER_LOG && pod->peers.list[i].unit == id)
            return &pod->peers.list[i];
    return NULL;
}

void last_words_tell(struct pod *pod, unit_id id)
{
    int status = pod->engine.is_stopping ? engine_final_status(&pod->engine) : 0;
    struct peer *logger = status != 0 ? logger_of(pod, id) : NULL;
    union wire_message message;
    struct words words;

    if (!logger)
        return;
    words = compose(pod, status);
    wire_begin(&message, WIRE_LAST_WORDS);
    wire_copy(message.last_words.text, sizeof(message.last_words.text), words.text);
    if (words.root != UNIT_NONE)
        wire_copy(message.last_words.unit, sizeof(message.last_words.unit),
                  pod_unit_name(pod, words.root));
    /* Where its queue is full, the log has the words all the same: last_words_print(). */
    (void)!channel_send(logger->fd, &message, pod->termination_fd);
}

void last_words_print(struct pod *pod)
{
    struct words words;

    if (pod->exit_status == 0)
        return;
    words = compose(pod, pod->exit_status);
    for (char *line = words.text, *end; (end = strchr(line, '\n')); line = end + 1)
        if (!report_last_line("reeve: ", line, (size_t)(end - line) + 1))
            return; /* nobody reads */
}
