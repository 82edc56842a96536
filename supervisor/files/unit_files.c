#include "supervisor/files/unit_files.h"

#include "supervisor/files/unit_file_read.h"
#include "supervisor/wire/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A file that was found, in the order of importance. */
struct entry {
    const char *name;     /* without directories: what is sorted and compared */
    const char *relative; /* below the directory */
    size_t directory;     /* index; the smaller is the more important */
};

struct entries {
    struct entry *items; /* malloc'ed; the strings are in an arena */
    size_t count, capacity;
};

struct files {
    const char *const *paths;
    int fds[UNIT_FILE_DIRECTORIES_MAX];
    size_t directory_count;
    struct arena arena; /* of names; texts live in one of their own per unit */
    struct entries units;
    struct unit_set *set;
    struct problem_sink *sink;
};

/* --- small helpers --- */

static int report(struct problem_sink *sink, const char *path, int error, const char *text)
{
    struct problem_place place = { .path = path };

    problem_report(sink, PROBLEM_ERROR, &place, NULL, "%s", text);
    return error;
}

static int entries_add(struct entries *entries, struct entry entry)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? entries->capacity * 2 : 16;
        struct entry *items = realloc(entries->items, capacity * sizeof(*items));

        if (!items)
            return -ENOMEM;
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count++] = entry;
    return 0;
}

static int entry_compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order
                 : (left->directory > right->directory) - (left->directory < right->directory);
}

/* Sorts by name and keeps the most important of each. */
static void entries_settle(struct entries *entries)
{
    size_t kept = 0;

    if (entries->count > 0)
        qsort(entries->items, entries->count, sizeof(*entries->items), entry_compare);
    for (size_t i = 0; i < entries->count; i++)
        if (kept == 0 || strcmp(entries->items[kept - 1].name, entries->items[i].name) != 0)
            entries->items[kept++] = entries->items[i];
    entries->count = kept;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static char *join(struct arena *arena, const char *directory, const char *name)
{
    size_t length = strlen(directory), size = length + strlen(name) + 2;
    char *path = arena_get(arena, size);

    if (path)
        snprintf(path, size, "%s%s%s", directory,
                 length > 0 && directory[length - 1] == '/' ? "" : "/", name);
    return path;
}

/* --- units in the directories --- */

/* What systemd runs and reeve does not yet: worth a word, since nothing else would tell. */
static void warn_other_kind(struct files *files, size_t directory, const char *name)
{
    static const char *const kinds[] = { ".socket",    ".timer", ".path", ".mount",
                                         ".automount", ".swap",  ".slice" };
    struct problem_place place = { .path = files->paths[directory] };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (ends_with(name, kinds[i]))
            problem_report(files->sink, PROBLEM_WARNING, &place, NULL,
                           "'%s' is of a kind that reeve does not run yet, ignoring", name);
}

/* A symlink to a unit of another name is a second name of it; its own template is no other unit. */
static bool is_alias(const struct files *files, size_t directory, const char *name)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(files->fds[directory], name, target, sizeof(target) - 1);
    const char *base, *at = strchr(name, '@');
    enum unit_kind kind;

    if (length < 0)
        return false;
    target[length] = '\0';
    base = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
    if (at && strncmp(base, name, (size_t)(at - name) + 1) == 0 &&
        strcmp(base + (at - name) + 1, strrchr(name, '.')) == 0)
        return false;
    return strcmp(base, name) != 0 && unit_name_parse(base, &kind);
}

static int find_unit(struct files *files, size_t directory, const char *name)
{
    struct entry entry = { .directory = directory };
    enum unit_kind kind;

    if (name[0] == '.')
        return 0;
    if (!unit_name_parse(name, &kind)) {
        warn_other_kind(files, directory, name);
        return 0;
    }
    entry.name = entry.relative = arena_string(&files->arena, name);
    return entry.name ? entries_add(&files->units, entry) : -ENOMEM;
}

/* Calls for each name in the open directory; takes the descriptor. */
static int each_name(int fd, struct files *files, size_t directory,
                     int (*call)(struct files *, size_t, const char *))
{
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int error = 0;

    if (!stream) {
        error = -errno;
        fd_close(fd);
        return error;
    }
    for (errno = 0; error == 0 && (entry = readdir(stream)); errno = 0)
        error = call(files, directory, entry->d_name);
    if (error == 0)
        error = -errno;
    closedir(stream);
    return error;
}

static int open_directories(struct files *files)
{
    for (; files->paths[files->directory_count]; files->directory_count++) {
        const char *path = files->paths[files->directory_count];
        int fd;

        if (files->directory_count == UNIT_FILE_DIRECTORIES_MAX)
            return report(files->sink, path, -E2BIG,
                          "More than 64 unit directories (UNIT_FILE_DIRECTORIES_MAX)");
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            return report(files->sink, path, -errno,
                          errno == ENOENT ? "There is no such directory of units"
                                          : strerror(errno));
        files->fds[files->directory_count] = fd;
    }
    return 0;
}

static int find_units(struct files *files)
{
    for (size_t i = 0; i < files->directory_count; i++) {
        int error = each_name(fcntl(files->fds[i], F_DUPFD_CLOEXEC, 3), files, i, find_unit);

        if (error == -ENOMEM)
            return error;
        if (error < 0)
            return report(files->sink, files->paths[i], error, strerror(-error));
    }
    entries_settle(&files->units);
    if (files->units.count > UNIT_FILES_MAX)
        return report(files->sink, files->paths[0], -E2BIG,
                      "More than 4096 units (UNIT_FILES_MAX)");
    return 0;
}

/* --- drop-ins of one unit --- */

struct drop_ins {
    struct arena *arena;
    struct entries entries;
    const char *folder; /* that is being read, below the directory */
    size_t rank;        /* of the folder: counts up as importance goes down */
};

static int read_folder(struct files *files, size_t directory, struct drop_ins *drop_ins)
{
    int fd = openat(files->fds[directory], drop_ins->folder,
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *found;
    int error = 0;

    if (!stream) {
        fd_close(fd);
        return 0;
    }
    while (error == 0 && (found = readdir(stream))) {
        /* The rank is kept where the directory's index would be; see take_drop_ins(). */
        struct entry entry = { .directory =
                                   drop_ins->rank * UNIT_FILE_DIRECTORIES_MAX + directory };

        if (found->d_name[0] == '.' || !ends_with(found->d_name, ".conf"))
            continue;
        entry.relative = join(drop_ins->arena, drop_ins->folder, found->d_name);
        if (!entry.relative)
            error = -ENOMEM;
        else
            entry.name = strrchr(entry.relative, '/') + 1;
        if (error == 0)
            error = entries_add(&drop_ins->entries, entry);
    }
    closedir(stream);
    drop_ins->rank++;
    return error;
}

/* "a-b@c.service.d", "a-b@.service.d", then "a-@.service.d": the folders of one directory. */
static int read_folders(struct files *files, size_t directory, const char *unit,
                        struct drop_ins *drop_ins)
{
    char folder[UNIT_NAME_MAX + 4];
    const char *suffix = strrchr(unit, '.'), *at = strchr(unit, '@');
    size_t length = at ? (size_t)(at - unit) : (size_t)(suffix - unit);
    int error;

    drop_ins->folder = folder;
    snprintf(folder, sizeof(folder), "%s.d", unit);
    error = read_folder(files, directory, drop_ins);
    if (at && error == 0) {
        snprintf(folder, sizeof(folder), "%.*s@%s.d", (int)length, unit, suffix);
        error = read_folder(files, directory, drop_ins);
    }
    while (error == 0 && length > 1) {
        /* The dash at the very end belongs to the name that was looked at last. */
        for (length--; length > 0 && unit[length - 1] != '-';)
            length--;
        if (length == 0)
            break;
        snprintf(folder, sizeof(folder), "%.*s%s%s.d", (int)length, unit, at ? "@" : "", suffix);
        error = read_folder(files, directory, drop_ins);
    }
    return error;
}

static int find_drop_ins(struct files *files, const char *unit, struct drop_ins *drop_ins)
{
    char folder[32];
    int error = 0;

    for (size_t i = 0; i < files->directory_count && error == 0; i++)
        error = read_folders(files, i, unit, drop_ins);
    snprintf(folder, sizeof(folder), "%s.d", strrchr(unit, '.') + 1);
    drop_ins->folder = folder;
    for (size_t i = 0; i < files->directory_count && error == 0; i++)
        error = read_folder(files, i, drop_ins);
    entries_settle(&drop_ins->entries);
    return error;
}

/* --- one unit --- */

static int read_entry(struct files *files, const struct entry *entry, struct arena *arena,
                      struct unit_file *file)
{
    size_t directory = entry->directory % UNIT_FILE_DIRECTORIES_MAX;

    *file = (struct unit_file){ .directory_fd = files->fds[directory], .name = entry->relative };
    file->path = join(arena, files->paths[directory], entry->relative);
    return file->path ? unit_file_read(file, arena, files->sink) : -ENOMEM;
}

static int add_parts(struct files *files, const char *unit, const struct drop_ins *drop_ins,
                     struct unit_file *fragment)
{
    struct unit_text parts[1 + UNIT_DROP_INS_MAX] = { fragment->text };
    struct unit_source source = { .name = unit, .parts = parts, .part_count = 1 };
    int error = 0;

    if (drop_ins->entries.count > UNIT_DROP_INS_MAX) {
        (void)report(files->sink, fragment->path, 0, "More than 256 drop-ins (UNIT_DROP_INS_MAX)");
        return 0;
    }
    for (size_t i = 0; i < drop_ins->entries.count && error == 0; i++) {
        struct unit_file file;

        error = read_entry(files, &drop_ins->entries.items[i], drop_ins->arena, &file);
        if (error == 0 && file.state == UNIT_FILE_TEXT)
            parts[source.part_count++] = file.text;
    }
    if (error == 0)
        error = unit_set_add(files->set, &source, files->sink);
    if (error == -EEXIST)
        (void)report(files->sink, fragment->path, 0, "There already is a unit of this name");
    /* Reported: the others are still worth reading. */
    return error == -ENOMEM ? error : 0;
}

static int add_unit(struct files *files, const struct entry *entry)
{
    struct arena arena;
    struct drop_ins drop_ins = { .arena = &arena };
    struct unit_file fragment;
    struct problem_place place = { 0 };
    int error;

    arena_init(&arena);
    error = read_entry(files, entry, &arena, &fragment);
    place.path = fragment.path;
    if (error == 0 && fragment.state == UNIT_FILE_MASK) {
        problem_report(files->sink, PROBLEM_NOTE, &place, NULL, "The unit '%s' is masked",
                       entry->name);
    } else if (error == 0 && is_alias(files, entry->directory, entry->name)) {
        problem_report(
            files->sink, PROBLEM_WARNING, &place, "give the dependencies its first name",
            "'%s' is a second name of a unit, which reeve does not support yet, ignoring",
            entry->name);
    } else if (error == 0 && fragment.state == UNIT_FILE_TEXT) {
        error = find_drop_ins(files, entry->name, &drop_ins);
        if (error == 0)
            error = add_parts(files, entry->name, &drop_ins, &fragment);
    }
    free(drop_ins.entries.items);
    arena_release(&arena);
    return error;
}

int unit_files_load(const char *const *directories, struct unit_set *set, struct problem_sink *sink)
{
    struct files files = { .paths = directories, .set = set, .sink = sink };
    int error = open_directories(&files);

    if (error == 0)
        error = find_units(&files);
    for (size_t i = 0; i < files.units.count && error == 0; i++)
        error = add_unit(&files, &files.units.items[i]);
    for (size_t i = 0; i < files.directory_count; i++)
        fd_close(files.fds[i]);
    free(files.units.items);
    arena_release(&files.arena);
    return error;
}

const char *const *unit_files_directories(const char **buffer)
{
    static const char *const standard[UNIT_FILE_DEFAULTS] = {
        "/etc/reeve/units",
        "/usr/local/lib/reeve/pod",
        "/usr/lib/reeve/pod",
    };
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
        if (access(standard[i], R_OK) == 0)
            buffer[count++] = standard[i];
    if (count == 0)
        buffer[count++] = standard[ARRAY_SIZE(standard) - 1];
    buffer[count] = NULL;
    return buffer;
}
