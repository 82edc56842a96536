#include "supervisor/files/unit_files.h"

#include "supervisor/files/aliases.h"
#include "supervisor/files/folders.h"
#include "supervisor/files/unit_file_read.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <string.h>

enum { ALIASES_MAX = 64 }; /* of one unit */

struct files {
    struct search search;
    struct arena arena; /* of names; texts live in one of their own per unit */
    struct entries units;
    struct entries failed; /* instances that could not be loaded: said once */
    bool has_aliases;      /* any unit */
    size_t directory;      /* that is being read */
    struct unit_set *set;
    struct problem_sink *sink;
};

static int report(struct problem_sink *sink, const char *path, int error, const char *text)
{
    struct problem_place place = { .path = path };

    problem_report(sink, PROBLEM_ERROR, &place, NULL, "%s", text);
    return error;
}

/* --- units in the directories --- */

/* What systemd runs and reeve does not yet: worth a word, since nothing else would tell. */
static void warn_other_kind(struct files *files, const char *name)
{
    static const char *const kinds[] = { ".socket",    ".timer", ".mount",
                                         ".automount", ".swap",  ".slice" };
    struct problem_place place = { .path = files->search.paths[files->directory] };
    const char *kind = strrchr(name, '.');

    for (size_t i = 0; kind && kind != name && i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0)
            problem_report(files->sink, PROBLEM_INERT, &place, NULL,
                           "'%s' is of a kind that reeve does not run yet, ignoring", name);
}

/* A unit, or a template of one. */
static bool is_ours(const char *name)
{
    char instance[UNIT_NAME_MAX + 1];
    enum unit_kind kind;

    return unit_name_parse(unit_name_instantiate(name, "x.service", instance) ? instance : name,
                           &kind);
}

static int find_unit(void *context, const char *name)
{
    struct files *files = context;
    struct entry entry = { .rank = files->directory };
    int error;

    if (name[0] == '.')
        return 0;
    if (!is_ours(name) && !folder_is_one(name)) {
        warn_other_kind(files, name);
        return 0;
    }
    entry.name = entry.relative = arena_string(&files->arena, name);
    if (!entry.name)
        return -ENOMEM;
    if (folder_is_one(name))
        return entries_add(&files->search.folders, entry);
    error = alias_find(&files->search, &entry, &files->arena);
    files->has_aliases |= entry.alias_of != NULL;
    return error < 0 ? error : entries_add(&files->units, entry);
}

static int find_units(struct files *files)
{
    const struct search *search = &files->search;

    for (files->directory = 0; files->directory < search->count; files->directory++) {
        int fd = fcntl(search->fds[files->directory], F_DUPFD_CLOEXEC, 3);
        int error = search_each(fd, find_unit, files);

        if (error == -ENOMEM)
            return error;
        if (error < 0)
            return report(files->sink, search->paths[files->directory], error, strerror(-error));
    }
    entries_settle(&files->units);
    entries_settle(&files->search.folders);
    return 0;
}

/* --- one unit --- */

static int read_entry(struct files *files, const struct entry *entry, struct arena *arena,
                      struct unit_file *file)
{
    *file = (struct unit_file){
        .directory_fd = files->search.fds[entry->rank % UNIT_FILE_DIRECTORIES_MAX],
        .name = entry->relative,
        .path = search_path(&files->search, entry, arena),
    };
    return file->path ? unit_file_read(file, arena, files->sink) : -ENOMEM;
}

/* A unit while it is put together. */
struct build {
    struct files *files;
    struct arena arena;
    struct unit_file fragment;
    char *real_path; /* of the fragment; malloc'ed */
    const char *names[1 + ALIASES_MAX + 1];
    struct unit_text parts[1 + UNIT_DROP_INS_MAX];
    size_t part_count;
    struct links links;
};

static int read_drop_ins(struct build *build, const struct entries *entries)
{
    int error = 0;

    if (entries->count > UNIT_DROP_INS_MAX)
        return report(build->files->sink, build->fragment.path, -EBADMSG,
                      "More than 256 drop-ins (UNIT_DROP_INS_MAX)");
    build->parts[build->part_count++] = build->fragment.text;
    for (size_t i = 0; i < entries->count && error == 0; i++) {
        struct unit_file file;

        error = read_entry(build->files, &entries->items[i], &build->arena, &file);
        /* One that masks another says nothing, and belongs to the unit all the same. */
        if (error == 0 && file.state != UNIT_FILE_BROKEN)
            build->parts[build->part_count++] = file.text;
    }
    return error;
}

/* 0, -EBADMSG for a unit that cannot be had (reported), -ENOMEM. */
static int add_unit(struct build *build)
{
    struct files *files = build->files;
    struct entries drop_ins = { 0 };
    struct unit_source source = {
        .name = build->names[0],
        .parts = build->parts,
        .real_path = build->real_path,
        .links = build->links.items,
        .aliases = build->names + 1,
    };
    int error = folders_read(&files->search, build->names, ".d", &build->arena, &drop_ins);

    if (error == 0)
        error = read_drop_ins(build, &drop_ins);
    if (error == 0)
        error = links_read(&files->search, build->names, &build->arena, files->sink, &build->links);
    source.part_count = build->part_count;
    source.link_count = build->links.count;
    if (error == 0)
        error = unit_set_add(files->set, &source, files->sink);
    if (error == -EEXIST)
        error = report(files->sink, build->fragment.path, -EBADMSG,
                       "There already is a unit of this name");
    entries_release(&drop_ins);
    return error;
}

/* As add_unit(); the entry is the unit's own or its template's. */
static int build_unit(struct build *build, const struct entry *entry, const char *name)
{
    struct problem_place place = { 0 };
    int error = read_entry(build->files, entry, &build->arena, &build->fragment);

    if (error < 0)
        return error;
    place.path = build->fragment.path;
    switch (build->fragment.state) {
    case UNIT_FILE_MASK:
        problem_report(build->files->sink, PROBLEM_NOTE, &place, NULL, "The unit '%s' is masked",
                       name);
        return -EBADMSG;
    case UNIT_FILE_BROKEN:
        return -EBADMSG;
    case UNIT_FILE_TEXT:
        build->names[0] = name;
        build->real_path = realpath(build->fragment.path, NULL);
        if (build->files->has_aliases)
            error = aliases_of(&build->files->units, &build->arena, build->names, ALIASES_MAX);
        return error < 0 ? error : add_unit(build);
    }
    return -EBADMSG;
}

static int load_unit(struct files *files, const struct entry *entry, const char *name)
{
    struct build *build = calloc(1, sizeof(*build));
    int error = -ENOMEM;

    if (build) {
        build->files = files;
        error = build_unit(build, entry, name);
        arena_release(&build->arena);
        free(build->real_path);
    }
    free(build);
    /* Reported: the others are still worth reading. */
    return error == -EBADMSG ? 0 : error;
}

/* --- instances --- */

/* The file of an instance: its template's, when nothing hides that. */
static const struct entry *find_template(const struct files *files, const char *name)
{
    const struct entry *own = entries_find(&files->units, name);
    char template[UNIT_NAME_MAX + 1];

    /* An instance with a file of its own is a unit like others; an alias that is none hides none.
     */
    if ((own && (!own->alias_of || alias_is_good(own))) || entries_find(&files->failed, name) ||
        !unit_name_to_template(name, template))
        return NULL;
    return entries_find(&files->units, template);
}

/* For a name that somebody uses and that may be an instance without a file, or an alias of one. */
static int need(struct files *files, const char *used)
{
    char name[UNIT_NAME_MAX + 1];
    const struct entry *template;
    unit_id id;

    if (unit_set_find(files->set, used) != UNIT_NONE || !alias_resolve(&files->units, used, name))
        return 0;
    template = find_template(files, name);
    if (unit_set_find(files->set, name) == UNIT_NONE && template) {
        struct entry failed = { .name = arena_string(&files->arena, name) };
        int error = failed.name ? load_unit(files, template, failed.name) : -ENOMEM;

        if (error < 0)
            return error;
        if (unit_set_find(files->set, name) == UNIT_NONE) {
            error = entries_add(&files->failed, failed);
            entries_settle(&files->failed);
            return error;
        }
    }
    id = unit_set_find(files->set, name);
    return id == UNIT_NONE ? 0 : unit_set_add_alias(files->set, id, used);
}

static int need_dependencies(struct files *files, const struct unit_spec *spec)
{
    int error = 0;

    for (int kind = 0; kind < DEPENDENCY_COUNT; kind++)
        for (const struct dependency_name *at = spec->dependencies[kind]; at && error == 0;
             at = at->next)
            if (strchr(at->name, '@'))
                error = need(files, at->name);
    return error;
}

/* NULL, or why the alias is none. */
static const char *judge_alias(const struct files *files, const struct entry *entry)
{
    char name[UNIT_NAME_MAX + 1];

    if (!alias_is_good(entry))
        return "systemd.unit(5) does not allow that";
    if (unit_name_is_template(entry->name))
        return NULL;
    if (!alias_resolve(&files->units, entry->name, name))
        return "it is one of an alias without end";
    /* What is masked or broken has been reported. */
    return unit_set_find(files->set, entry->name) != UNIT_NONE ||
                   entries_find(&files->units, name) || entries_find(&files->failed, name)
               ? NULL
               : "there is no such unit";
}

/* An alias, whose unit may be an instance; one that leads nowhere is worth a word. */
static int load_alias(struct files *files, const struct entry *entry)
{
    struct problem_place place = { .path = search_path(&files->search, entry, &files->arena) };
    int error = place.path ? 0 : -ENOMEM;
    const char *complaint;

    if (error == 0 && !unit_name_is_template(entry->name))
        error = need(files, entry->name);
    if (error < 0)
        return error;
    complaint = judge_alias(files, entry);
    if (complaint)
        problem_report(files->sink, PROBLEM_WARNING, &place, NULL,
                       "'%s' is ignored as an alias of '%s': %s", entry->name, entry->alias_of,
                       complaint);
    return 0;
}

/* What is named at the command line, by aliases, and by units; those that come in name others. */
static int load_named(struct files *files, const char *const *wanted)
{
    int error = 0;

    for (; wanted && *wanted && error == 0; wanted++)
        error = need(files, *wanted);
    for (size_t i = 0; i < files->units.count && error == 0; i++)
        if (files->units.items[i].alias_of)
            error = load_alias(files, &files->units.items[i]);
    for (size_t i = 0; i < files->set->count && error == 0; i++) {
        if (files->set->count > UNIT_FILES_MAX)
            return report(files->sink, files->search.paths[0], -E2BIG,
                          "More than 4096 units (UNIT_FILES_MAX)");
        error = need_dependencies(files, files->set->specs[i]);
    }
    return error;
}

static int load_files(struct files *files)
{
    int error = 0;

    if (files->units.count > UNIT_FILES_MAX)
        return report(files->sink, files->search.paths[0], -E2BIG,
                      "More than 4096 units (UNIT_FILES_MAX)");
    for (size_t i = 0; i < files->units.count && error == 0; i++) {
        const struct entry *entry = &files->units.items[i];

        if (!entry->alias_of && !unit_name_is_template(entry->name))
            error = load_unit(files, entry, entry->name);
    }
    return error;
}

int unit_files_load(const char *const *directories, const char *const *wanted, struct unit_set *set,
                    struct problem_sink *sink)
{
    struct files files = { .set = set, .sink = sink };
    int error = search_open(&files.search, directories, sink);

    if (error == 0)
        error = find_units(&files);
    if (error == 0)
        error = load_files(&files);
    if (error == 0)
        error = load_named(&files, wanted);
    search_close(&files.search);
    entries_release(&files.units);
    entries_release(&files.failed);
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
