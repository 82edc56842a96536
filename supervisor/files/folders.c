#include "supervisor/files/folders.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { FOLDER_SIZE = UNIT_NAME_MAX + 16 }; /* a name and the longest suffix */

struct reader {
    const struct search *search;
    const char *suffix;
    struct arena *arena;
    struct entries *entries;
    size_t directory;   /* that is being looked at */
    const char *folder; /* below it */
    size_t rank;        /* of the folder: counts up as importance goes down */
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static int add_name(void *context, const char *name)
{
    struct reader *reader = context;
    size_t folder_length = strlen(reader->folder);
    struct entry entry = { .rank = reader->rank * UNIT_FILE_DIRECTORIES_MAX + reader->directory };
    char *relative;

    if (name[0] == '.' || (strcmp(reader->suffix, ".d") == 0 && !ends_with(name, ".conf")))
        return 0;
    relative = arena_get(reader->arena, folder_length + strlen(name) + 2);
    if (!relative)
        return -ENOMEM;
    memcpy(relative, reader->folder, folder_length);
    relative[folder_length] = '/';
    memcpy(relative + folder_length + 1, name, strlen(name) + 1);
    entry.relative = relative;
    entry.name = relative + folder_length + 1;
    return entries_add(reader->entries, entry);
}

bool folder_is_one(const char *name)
{
    static const char *const suffixes[] = { ".d", ".wants", ".requires", ".upholds" };

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
        if (ends_with(name, suffixes[i]))
            return true;
    return false;
}

/* A folder that is not there, or not to be read, is none. Most units have none, and each would be
 * asked for a dozen: what the directories hold is known already. */
static int read_folder(struct reader *reader, const char *folder)
{
    int fd;

    if (!entries_find(&reader->search->folders, folder))
        return 0;
    fd = openat(reader->search->fds[reader->directory], folder,
                O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return 0;
    reader->folder = folder;
    reader->rank++;
    return search_each(fd, add_name, reader) == -ENOMEM ? -ENOMEM : 0;
}

/* The first `length` characters of the name, what stands in place of the rest, and the suffix. */
static int read_prefix(struct reader *reader, const char *unit, size_t length, const char *rest)
{
    char folder[FOLDER_SIZE];

    snprintf(folder, sizeof(folder), "%.*s%s%s", (int)length, unit, rest, reader->suffix);
    return read_folder(reader, folder);
}

/* "a-b-" after "a-b-c", then "a-"; 0 when there is no shorter one. A dash at the beginning ends
 * none. */
static size_t shorter_prefix(const char *unit, size_t length)
{
    for (length--; length > 1 && unit[length - 1] != '-';)
        length--;
    return length > 1 ? length : 0;
}

/*
 * The folders of one directory, in systemd's order: "a-b@c.service.d", "a-b@.service.d",
 * "a-.service.d" (a template has the prefixes of plain names), then "a-@c.service.d" and
 * "a-@.service.d".
 */
static int read_folders(struct reader *reader, const char *unit)
{
    const char *kind = strrchr(unit, '.'), *at = strchr(unit, '@');
    size_t whole = at ? (size_t)(at - unit) : (size_t)(kind - unit);
    char template[UNIT_NAME_MAX + 1];
    int error = read_prefix(reader, unit, whole, at ? at : kind);

    snprintf(template, sizeof(template), "@%s", kind);
    if (at && error == 0)
        error = read_prefix(reader, unit, whole, template);
    for (size_t length = whole; error == 0 && (length = shorter_prefix(unit, length)) > 0;)
        error = read_prefix(reader, unit, length, kind);
    for (size_t length = whole; at && error == 0 && (length = shorter_prefix(unit, length)) > 0;) {
        error = read_prefix(reader, unit, length, at);
        if (error == 0)
            error = read_prefix(reader, unit, length, template);
    }
    return error;
}

int folders_read(const struct search *search, const char *const *names, const char *suffix,
                 struct arena *arena, struct entries *ret_entries)
{
    struct reader reader = {
        .search = search, .suffix = suffix, .arena = arena, .entries = ret_entries
    };
    char folder[FOLDER_SIZE];
    int error = 0;

    for (const char *const *name = names; *name; name++)
        for (reader.directory = 0; reader.directory < search->count && error == 0;
             reader.directory++)
            error = read_folders(&reader, *name);
    snprintf(folder, sizeof(folder), "%s%s", strrchr(names[0], '.') + 1, suffix);
    for (reader.directory = 0; reader.directory < search->count && error == 0; reader.directory++)
        error = read_folder(&reader, folder);
    entries_settle(ret_entries);
    return error;
}

/* --- .wants/, .requires/, .upholds/ --- */

struct link_reader {
    const struct search *search;
    struct arena *arena;
    struct problem_sink *sink;
    enum dependency kind;
    struct links *links;
};

/* An empty file or /dev/null: takes a less important entry of that name back. */
static bool is_masked(int directory_fd, const char *relative)
{
    struct stat status;

    if (fstatat(directory_fd, relative, &status, 0) < 0)
        return false;
    return (S_ISREG(status.st_mode) && status.st_size == 0) ||
           (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

/* The name in the symlink: the same, or its template. */
static bool leads_to(const char *target, const char *name)
{
    const char *base = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
    char template[UNIT_NAME_MAX + 1];

    return strcmp(base, name) == 0 ||
           (unit_name_to_template(name, template) && strcmp(base, template) == 0);
}

/* NULL, or why the entry is no link; a note goes to *ret_note. */
static const char *judge(int directory_fd, const struct entry *entry, bool *ret_differs)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(directory_fd, entry->relative, target, sizeof(target) - 1);

    if (length < 0)
        return errno == EINVAL ? "is not a symlink, ignoring" : "cannot be read, ignoring";
    target[length] = '\0';
    if (!unit_name_is_valid(entry->name))
        return "is not the name of a unit, ignoring";
    *ret_differs = !leads_to(target, entry->name);
    return NULL;
}

static int add_link(struct link_reader *reader, const struct entry *entry)
{
    int directory_fd = reader->search->fds[entry->rank % UNIT_FILE_DIRECTORIES_MAX];
    struct problem_place place = { .path = search_path(reader->search, entry, reader->arena) };
    bool differs = false;
    const char *complaint;

    if (!place.path)
        return -ENOMEM;
    if (is_masked(directory_fd, entry->relative))
        return 0;
    complaint = judge(directory_fd, entry, &differs);
    if (!complaint && reader->links->count == UNIT_LINKS_MAX)
        complaint = "is one too many (UNIT_LINKS_MAX), ignoring";
    if (complaint || differs)
        problem_report(reader->sink, PROBLEM_WARNING, &place, NULL, "'%s' %s", entry->name,
                       complaint ? complaint
                                 : "leads to another name; it is the link's that counts");
    if (!complaint)
        reader->links->items[reader->links->count++] =
            (struct unit_link){ reader->kind, entry->name, place.path };
    return 0;
}

int links_read(const struct search *search, const char *const *names, struct arena *arena,
               struct problem_sink *sink, struct links *ret_links)
{
    static const struct {
        const char *suffix;
        enum dependency kind;
    } suffixes[] = {
        { ".wants", DEPENDENCY_WANTS },
        { ".requires", DEPENDENCY_REQUIRES },
        { ".upholds", DEPENDENCY_UPHOLDS },
    };
    struct link_reader reader = {
        .search = search, .arena = arena, .sink = sink, .links = ret_links
    };
    int error = 0;

    ret_links->count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(suffixes) && error == 0; i++) {
        struct entries entries = { 0 };

        reader.kind = suffixes[i].kind;
        error = folders_read(search, names, suffixes[i].suffix, arena, &entries);
        for (size_t j = 0; j < entries.count && error == 0; j++)
            error = add_link(&reader, &entries.items[j]);
        entries_release(&entries);
    }
    return error;
}
