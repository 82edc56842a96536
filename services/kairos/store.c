#include "services/kairos/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_ROOM (RUN_ID_MAX + 16)
/* Our own are below 2 kB; a bigger one is not ours to read into memory. */
#define RESULT_BYTES_MAX 65536

enum store_file store_classify(const char *name, struct run *ret_run)
{
    char id[NAME_ROOM];
    bool is_temporary = name[0] == '.';
    const char *start = is_temporary ? name + 1 : name;
    size_t length = strcspn(start, ".");
    const char *ending = start + length;

    if (length >= RUN_ID_MAX)
        return STORE_OTHER;
    (void)snprintf(id, sizeof(id), "%.*s", (int)length, start);
    if (run_id_parse(id, ret_run) < 0)
        return STORE_OTHER;
    if (is_temporary)
        return strcmp(ending, ".json.new") == 0 || strcmp(ending, ".png.new") == 0 ? STORE_TEMPORARY
                                                                                   : STORE_OTHER;
    if (strcmp(ending, ".json") == 0)
        return STORE_RESULT;
    return strcmp(ending, ".png") == 0 ? STORE_SCREENSHOT : STORE_OTHER;
}

static void file_name(const struct run *run, const char *ending, char name[static NAME_ROOM])
{
    char id[RUN_ID_MAX];

    run_id_format(run, id);
    (void)snprintf(name, NAME_ROOM, "%s%s", id, ending);
}

static int write_all(int fd, const uint8_t *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        data += written;
        length -= (size_t)written;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* The whole file or none: the name appears by rename, after its bytes are on the disk. */
static int write_atomically(int directory, const char *name, const void *data, size_t length)
{
    char temporary[NAME_ROOM + 8];

    (void)snprintf(temporary, sizeof(temporary), ".%s.new", name);
    int fd =
        openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return -errno;
    int error = write_all(fd, data, length);

    if (close(fd) < 0 && error == 0)
        error = -errno;
    if (error == 0 && renameat(directory, temporary, directory, name) < 0)
        error = -errno;
    if (error < 0)
        (void)unlinkat(directory, temporary, 0);
    else if (fsync(directory) < 0)
        error = -errno;
    return error;
}

int store_save(const struct store *store, const struct run *run)
{
    char name[NAME_ROOM];
    json_t *object = run_to_json(run);
    char *text =
        object != NULL ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;

    json_decref(object);
    if (text == NULL)
        return -ENOMEM;
    file_name(run, ".json", name);
    int error = write_atomically(store->directory, name, text, strlen(text));

    free(text);
    return error;
}

int store_save_screenshot(const struct store *store, const struct run *run, const uint8_t *data,
                          size_t length)
{
    char name[NAME_ROOM];

    file_name(run, ".png", name);
    return write_atomically(store->directory, name, data, length);
}

int store_open_screenshot(const struct store *store, const struct run *run)
{
    char name[NAME_ROOM];

    file_name(run, ".png", name);
    int fd = openat(store->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 ? -errno : fd;
}

void store_delete(const struct store *store, const struct run *run)
{
    char name[NAME_ROOM];

    file_name(run, ".json", name);
    (void)unlinkat(store->directory, name, 0);
    file_name(run, ".png", name);
    (void)unlinkat(store->directory, name, 0);
}

static int load(const struct store *store, struct run *run)
{
    char name[NAME_ROOM];
    char text[RESULT_BYTES_MAX];
    struct run loaded;

    file_name(run, ".json", name);
    int fd = openat(store->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));

    if (fd >= 0)
        (void)close(fd);
    if (length <= 0)
        return -EBADMSG;
    json_t *object = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
    int error = object != NULL ? run_from_json(object, &loaded) : -EBADMSG;

    json_decref(object);
    if (error == 0 && (loaded.number != run->number || strcmp(loaded.job, run->job) != 0))
        error = -EBADMSG;
    if (error == 0)
        *run = loaded;
    return error;
}

/* A file that cannot be read stays visible, as a failed run that says so. */
static void load_or_mark(const struct store *store, struct run *run)
{
    if (load(store, run) < 0) {
        run_fail(run, "kairos: the stored result cannot be read");
    } else if (run->state == RUN_QUEUED || run->state == RUN_RUNNING) {
        run_fail(run, "kairos: it ended before the run did");
        if (store_save(store, run) < 0)
            run_fail(run, "kairos: it ended before the run did (and cannot write that down)");
    }
}

struct listing {
    struct run *runs;
    size_t count, room;
};

static int listing_add(struct listing *listing, const struct run *run)
{
    if (listing->count == listing->room) {
        size_t room = listing->room > 0 ? 2 * listing->room : 64;
        struct run *runs = reallocarray(listing->runs, room, sizeof(*runs));

        if (runs == NULL)
            return -ENOMEM;
        listing->runs = runs;
        listing->room = room;
    }
    listing->runs[listing->count++] = *run;
    return 0;
}

/* Notes each run that has a result; what has none (half-written, or a lone PNG) goes. */
static int list_directory(const struct store *store, DIR *stream, struct listing *listing)
{
    const struct dirent *entry = NULL;

    while ((entry = readdir(stream)) != NULL) {
        struct run run;
        char result[NAME_ROOM];
        enum store_file kind = store_classify(entry->d_name, &run);

        if (kind == STORE_OTHER)
            continue;
        file_name(&run, ".json", result);
        bool is_lone = kind == STORE_SCREENSHOT && faccessat(store->directory, result, F_OK, 0) < 0;

        if (kind == STORE_TEMPORARY || is_lone)
            (void)unlinkat(store->directory, entry->d_name, 0);
        if (kind == STORE_RESULT && listing_add(listing, &run) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = ((const struct run *)left)->number;
    uint32_t b = ((const struct run *)right)->number;

    return (a > b) - (a < b);
}

static int load_all(const struct store *store, struct run *runs)
{
    struct listing listing = { 0 };
    int copy = openat(store->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;

    if (stream == NULL) {
        int error = -errno;

        if (copy >= 0)
            (void)close(copy);
        return error;
    }
    int error = list_directory(store, stream, &listing);

    (void)closedir(stream);
    if (listing.count > 0)
        qsort(listing.runs, listing.count, sizeof(*listing.runs), by_number);
    size_t excess = run_excess(listing.count, STORE_KEEP);

    for (size_t i = 0; error == 0 && i < listing.count; i++) {
        if (i < excess) {
            store_delete(store, &listing.runs[i]);
            continue;
        }
        load_or_mark(store, &listing.runs[i]);
        runs[i - excess] = listing.runs[i];
    }
    free(listing.runs);
    return error < 0 ? error : (int)(listing.count - excess);
}

int store_open(const char *state, struct store *ret_store, struct run *runs)
{
    struct store store = { .directory = -1 };
    int parent = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (parent < 0)
        return -errno;
    int error = mkdirat(parent, "runs", 0700) < 0 && errno != EEXIST ? -errno : 0;

    if (error == 0)
        store.directory = openat(parent, "runs", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (error == 0 && store.directory < 0)
        error = -errno;
    if (error == 0 && faccessat(store.directory, ".", W_OK, AT_EACCESS) < 0)
        error = -errno;
    (void)close(parent);
    int count = error == 0 ? load_all(&store, runs) : error;

    if (count < 0)
        store_release(&store);
    else
        *ret_store = store;
    return count;
}

void store_release(struct store *store)
{
    if (store->directory >= 0)
        (void)close(store->directory);
    store->directory = -1;
}
