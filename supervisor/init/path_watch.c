#include "supervisor/init/path_watch.h"

#include "supervisor/files/first_entry.h"
#include "supervisor/files/path_glob.h"
#include "supervisor/init/pod.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 4096,
    READS_MAX = 16, /* of BUFFER_SIZE in one turn of the loop */
    /* On the way: it goes, or is renamed. IN_ATTRIB would tell of all files beside, too, and while
       we look for what such an event is about, the path itself may be replaced unseen. */
    ON_THE_WAY = IN_MOVE_SELF | IN_DELETE_SELF,
    /* In a directory that has not got the next name yet. */
    COMES = IN_CREATE | IN_MOVED_TO,
    /* Of the path itself, as systemd has it. */
    SELF = ON_THE_WAY | IN_ATTRIB,
    CHANGES = SELF | COMES | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM,
};

/* One path of the unit. */
struct watched {
    const struct path_item *item;
    int number;       /* inotify's, of the path itself; -1: it is not there */
    bool has_existed; /* when it was looked at last; PathChanged=, PathModified= */
    bool is_told;     /* that it must not be read */
};

struct path_watch {
    struct pod *pod;
    unit_id id;
    int fd;
    struct loop_source *source;
    char found[PATH_MAX];
    size_t count;
    struct watched watched[];
};

/* --- one for each path unit --- */

static struct path_watch *new_watch(struct pod *pod, const struct unit_set *set, unit_id id)
{
    const struct path_spec *spec = set->specs[id]->path;
    struct path_watch *watch = calloc(1, sizeof(*watch) + spec->count * sizeof(watch->watched[0]));

    if (!watch)
        return NULL;
    watch->pod = pod;
    watch->id = id;
    watch->fd = -1;
    for (const struct path_item *item = spec->items; item; item = item->next)
        watch->watched[watch->count++] = (struct watched){ .item = item, .number = -1 };
    return watch;
}

int path_watches_new(struct pod *pod, const struct unit_set *set, struct path_watch ***ret_watches)
{
    struct path_watch **watches;
    size_t count = 0;

    *ret_watches = NULL;
    for (size_t i = 0; i < set->count; i++)
        count += set->specs[i]->kind == UNIT_PATH;
    if (count == 0)
        return 0;
    watches = calloc(count + 1, sizeof(*watches));
    if (!watches)
        return -ENOMEM;
    count = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->specs[i]->kind != UNIT_PATH)
            continue;
        watches[count] = new_watch(pod, set, (unit_id)i);
        if (!watches[count++]) {
            path_watches_free(watches);
            return -ENOMEM;
        }
    }
    *ret_watches = watches;
    return 0;
}

static void unwatch(struct path_watch *watch)
{
    watch->source = loop_source_free(watch->source);
    watch->fd = fd_close(watch->fd); /* and with it, all that it watches */
    for (size_t i = 0; i < watch->count; i++)
        watch->watched[i].number = -1;
}

void path_watches_free(struct path_watch **watches)
{
    for (size_t i = 0; watches && watches[i]; i++) {
        unwatch(watches[i]);
        free(watches[i]);
    }
    free(watches);
}

static struct path_watch *find_watch(struct path_watch *const *watches, unit_id id)
{
    for (size_t i = 0; watches && watches[i]; i++)
        if (watches[i]->id == id)
            return watches[i];
    return NULL;
}

void path_watches_adopt(struct path_watch **watches, const struct unit_set *set,
                        struct path_watch *const *old, const struct unit_set *old_set)
{
    for (size_t i = 0; watches && watches[i]; i++) {
        const char *name = set->specs[watches[i]->id]->name;
        const struct path_watch *before = find_watch(old, unit_set_find(old_set, name));

        if (before)
            memcpy(watches[i]->found, before->found, sizeof(before->found));
    }
}

const char *path_watch_found(const struct pod *pod, unit_id id)
{
    const struct path_watch *watch = find_watch(pod->paths, id);

    return watch ? watch->found : "";
}

/* --- looking --- */

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* As systemd has it, what cannot be read counts as a directory that has something. */
static bool is_not_empty(const char *path)
{
    char name[NAME_MAX + 1];
    int answer = first_entry(path, name);

    return answer != 0 && answer != -ENOENT && answer != -ENOTDIR;
}

/* Whether what it waits for is there; for changes, whether it has come or gone since the last look.
 */
static int is_there(struct watched *watched, bool is_change_news, char *found)
{
    const char *path = watched->item->path;
    bool has_existed = watched->has_existed;

    switch (watched->item->kind) {
    case PATH_EXISTS:
        return exists(path);
    case PATH_EXISTS_GLOB:
        return path_glob_find(path, found);
    case PATH_DIRECTORY_NOT_EMPTY:
        return is_not_empty(path);
    case PATH_CHANGED:
    case PATH_MODIFIED:
        watched->has_existed = exists(path);
        return is_change_news && watched->has_existed != has_existed;
    case PATH_KIND_COUNT:
        break;
    }
    return 0;
}

static void complain(const struct path_watch *watch, const struct watched *watched, int error)
{
    const char *hint = error == -ENOSPC || error == -EMFILE
                           ? " (the limits are in /proc/sys/fs/inotify)"
                       : error == -E2BIG ? " (there are too many files to look at)"
                                         : "";

    pod_log(watch->pod, 3, "%s: cannot watch '%s': %s%s", pod_unit_name(watch->pod, watch->id),
            watched->item->path, strerror(-error), hint);
}

static enum path_news look(struct path_watch *watch, bool is_change_news)
{
    for (size_t i = 0; i < watch->count; i++) {
        struct watched *watched = &watch->watched[i];
        char found[PATH_MAX];
        int answer = is_there(watched, is_change_news, found);

        if (answer < 0) {
            complain(watch, watched, answer);
            return PATH_BROKEN;
        }
        if (answer > 0) {
            bool is_pattern = watched->item->kind == PATH_EXISTS_GLOB;

            snprintf(watch->found, sizeof(watch->found), "%s",
                     is_pattern ? found : watched->item->path);
            return PATH_PRESENT;
        }
    }
    return PATH_ABSENT;
}

/* --- watching --- */

static uint32_t events_of(enum path_kind kind)
{
    static const uint32_t events[PATH_KIND_COUNT] = {
        [PATH_EXISTS] = SELF,
        [PATH_EXISTS_GLOB] = SELF,
        [PATH_CHANGED] = CHANGES,
        [PATH_MODIFIED] = CHANGES | IN_MODIFY,
        [PATH_DIRECTORY_NOT_EMPTY] = SELF | COMES,
    };

    return events[kind];
}

/* A symbolic link is watched as well as what it leads to: that one's number. IN_MASK_ADD, since two
 * paths may have directories in common. */
static int add(const struct path_watch *watch, const char *path, uint32_t events)
{
    int number = inotify_add_watch(watch->fd, path, events | IN_MASK_ADD | IN_DONT_FOLLOW);

    if (number >= 0)
        number = inotify_add_watch(watch->fd, path, events | IN_MASK_ADD);
    return number < 0 ? -errno : number;
}

static bool is_missing(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

/* The first `length` bytes of `path`, which is there again afterwards. */
static int add_beginning(const struct path_watch *watch, char *path, size_t length, uint32_t events)
{
    char rest = path[length];
    int number;

    path[length] = '\0';
    number = add(watch, path, events);
    path[length] = rest;
    return number;
}

static void tell_unreadable(const struct path_watch *watch, struct watched *watched)
{
    if (!watched->is_told)
        pod_log(watch->pod, 4, "%s: '%s' must not be read: only its coming and going is seen",
                pod_unit_name(watch->pod, watch->id), watched->item->path);
    watched->is_told = true;
}

/*
 * From "/" on as far as there is something. Only the last directory before what is missing is
 * watched for new names: others have more to do than to tell us of theirs. What must not be read
 * cannot be watched; what lies below may be all the same.
 */
static int watch_path(const struct path_watch *watch, struct watched *watched)
{
    size_t before = 0, length = 1;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s", watched->item->path);
    for (;;) {
        bool is_last = path[length] == '\0';
        uint32_t events = is_last ? events_of(watched->item->kind) : ON_THE_WAY;
        int number = add_beginning(watch, path, length, events);

        if (before > 0 && (is_missing(number) || (is_last && number == -EACCES))) {
            (void)add_beginning(watch, path, before, ON_THE_WAY | COMES);
            number = add_beginning(watch, path, length, events); /* it may have come meanwhile */
        }
        if (number == -EACCES && is_last)
            tell_unreadable(watch, watched);
        else if (number < 0 && number != -EACCES)
            return is_missing(number) ? 0 : number;
        if (is_last) {
            watched->number = number < 0 ? -1 : number;
            return 0;
        }
        before = length;
        length += path[length] == '/';
        length += strcspn(path + length, "/");
    }
}

static void events_came(void *context, uint32_t events);

static int open_watch(struct path_watch *watch)
{
    int error;

    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd < 0)
        return -errno;
    error = loop_add_fd(watch->pod->loop, watch->fd, events_came, watch, &watch->source);
    return error < 0 ? error : 0;
}

static int watch_all(struct path_watch *watch)
{
    int error = open_watch(watch);

    if (error < 0)
        complain(watch, &watch->watched[0], error);
    for (size_t i = 0; i < watch->count && error == 0; i++) {
        error = watch_path(watch, &watch->watched[i]);
        if (error < 0)
            complain(watch, &watch->watched[i], error);
    }
    return error;
}

/* Once before the watches are there, and once after: it may have come in between. */
static void look_and_watch(struct path_watch *watch, bool is_first, bool is_again)
{
    enum path_news news = look(watch, !is_first && !is_again);

    unwatch(watch);
    if (news == PATH_ABSENT)
        news = watch_all(watch) < 0 ? PATH_BROKEN : look(watch, !is_again);
    if (news != PATH_ABSENT)
        unwatch(watch);
    engine_path_news(&watch->pod->engine, watch->id, news, clock_monotonic_us());
}

/* --- what inotify says --- */

/* Any event of the path itself is a change of it. Where the kernel had no room for all, one of them
 * is supposed to have been. */
static bool is_change(const struct watched *watched, const struct inotify_event *event)
{
    enum path_kind kind = watched->item->kind;
    uint32_t events = events_of(kind) | IN_IGNORED | IN_UNMOUNT;

    if (kind != PATH_CHANGED && kind != PATH_MODIFIED)
        return false;
    return (event->mask & IN_Q_OVERFLOW) ||
           (event->wd == watched->number && (event->mask & events));
}

static const struct watched *changed_by(const struct path_watch *watch,
                                        const struct inotify_event *event)
{
    for (size_t i = 0; i < watch->count; i++)
        if (is_change(&watch->watched[i], event))
            return &watch->watched[i];
    return NULL;
}

/* The first that is told to have changed; NULL: none. */
static const struct watched *read_events(const struct path_watch *watch)
{
    char buffer[BUFFER_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
    const struct watched *changed = NULL;
    ssize_t length;

    for (int i = 0; i < READS_MAX && !changed; i++) {
        length = read(watch->fd, buffer, sizeof(buffer));
        for (ssize_t at = 0; at < length && !changed;) {
            const struct inotify_event *event = (const struct inotify_event *)(buffer + at);

            changed = changed_by(watch, event);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
        if (length <= 0)
            break;
    }
    return changed;
}

static void events_came(void *context, uint32_t events)
{
    struct path_watch *watch = context;
    const struct watched *changed = read_events(watch);

    (void)events;
    if (!changed) { /* on the way to one of them: all is looked for anew */
        look_and_watch(watch, false, false);
        return;
    }
    snprintf(watch->found, sizeof(watch->found), "%s", changed->item->path);
    engine_path_news(&watch->pod->engine, watch->id, PATH_PRESENT, clock_monotonic_us());
}

/* --- what the engine asks for --- */

/* MakeDirectory=: with its parents, which get the same mode, as by systemd. */
static int make_directory(const char *path, mode_t mode)
{
    char beginning[PATH_MAX];
    int error = 0;

    for (size_t length = 1; path[length - 1] != '\0' && path[length] != '\0';) {
        length += strcspn(path + length, "/");
        snprintf(beginning, sizeof(beginning), "%.*s", (int)length, path);
        error = mkdir(beginning, mode) < 0 && errno != EEXIST ? -errno : 0;
        length += path[length] == '/';
    }
    return error;
}

static void make_directories(const struct path_watch *watch)
{
    const struct path_spec *spec = watch->pod->set.specs[watch->id]->path;

    for (size_t i = 0; spec->make_directory && i < watch->count; i++) {
        const struct path_item *item = watch->watched[i].item;
        int error = 0;

        if (item->kind != PATH_EXISTS && item->kind != PATH_EXISTS_GLOB)
            error = make_directory(item->path, spec->directory_mode);
        if (error < 0)
            pod_log(watch->pod, 4, "%s: cannot make '%s': %s, ignoring",
                    pod_unit_name(watch->pod, watch->id), item->path, strerror(-error));
    }
}

void path_watch_perform(struct pod *pod, unit_id id, enum path_watch_task task)
{
    struct path_watch *watch = find_watch(pod->paths, id);

    if (!watch)
        return;
    switch (task) {
    case WATCH_NOT:
        unwatch(watch);
        break;
    case WATCH_START:
        make_directories(watch);
        look_and_watch(watch, true, false);
        break;
    case WATCH_ANEW:
        look_and_watch(watch, true, false);
        break;
    case WATCH_AGAIN:
        look_and_watch(watch, false, true);
        break;
    }
}
