#include "supervisor/files/needs.h"

#include "supervisor/files/programs.h"
#include "supervisor/unit/exit_status.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

string_list needs_directories(struct unit_set *set, size_t id)
{
    const struct exec_spec *exec = &set->specs[id]->exec;
    size_t count = 0, at = 0;
    char **list;

    for (int kind = 0; kind < DIRECTORY_KIND_COUNT; kind++)
        for (string_list name = exec->directories[kind].names; name && *name; name++)
            count++;
    list = arena_get(&set->arena, (count + 1) * sizeof(*list));
    if (!list)
        return NULL;
    for (int kind = 0; kind < DIRECTORY_KIND_COUNT; kind++) {
        for (string_list name = exec->directories[kind].names; name && *name; name++) {
            char path[PATH_MAX];

            /* Configuration directories are there to be read. */
            if (kind == DIRECTORY_CONFIGURATION)
                continue;
            snprintf(path, sizeof(path), "%s/%s", set->roots.directory[kind], *name);
            list[at] = arena_string(&set->arena, path);
            if (!list[at++])
                return NULL;
        }
    }
    return list;
}

bool needs_credentials(const struct unit_spec *spec)
{
    for (int kind = 0; kind < CREDENTIAL_KIND_COUNT; kind++)
        if (spec->exec.credentials[kind])
            return true;
    return false;
}

int needs_credentials_directory(struct unit_set *set, const char **ret)
{
    const char *root = set->roots.directory[DIRECTORY_RUNTIME];
    bool has_any = false;
    char path[PATH_MAX];
    int length;

    *ret = NULL;
    for (size_t i = 0; i < set->count; i++)
        has_any |= needs_credentials(set->specs[i]);
    if (!has_any)
        return 0;
    length = snprintf(path, sizeof(path), "%s/credentials", root);
    if (length < 0 || (size_t)length >= sizeof(path))
        return 0; /* no service could start there */
    *ret = arena_string(&set->arena, path);
    return *ret ? 0 : -ENOMEM;
}

/* By what they are called: who writes a number here and a name there is not found out. */
bool needs_same_user(const struct unit_spec *one, const struct unit_spec *other, bool is_free)
{
    const char *user = one->exec.user ? one->exec.user : "";

    return !is_free || strcmp(user, other->exec.user ? other->exec.user : "") == 0;
}

bool needs_shared_user(const struct unit_set *set, size_t id, bool is_free)
{
    for (size_t i = 0; i < set->count; i++)
        if (i != id && set->specs[i]->kind == UNIT_SERVICE && !set->specs[i]->is_internal &&
            needs_same_user(set->specs[i], set->specs[id], is_free))
            return true;
    return false;
}

struct looking {
    const struct unit_spec *spec;
    const char *own_directory;
    struct problem_sink *sink;
};

/* 0: there, or nobody minds; else EXIT_STATUS_EXEC. */
static int check_command(const struct looking *looking, const struct exec_command *command,
                         enum problem_level level)
{
    struct problem_place place = { command->place.path, command->place.line, command->place.column,
                                   NULL };
    char path[PATH_MAX];
    int error = programs_find_command(&looking->spec->exec, command, looking->own_directory, path);

    if (error == 0 || (command->flags & EXEC_IGNORE_FAILURE))
        return 0;
    problem_report(looking->sink, level, &place,
                   error == -ENOENT ? "install it, or correct the path" : strerror(-error),
                   "the program '%s' %s", command->path,
                   error == -ENOENT ? "does not exist" : "cannot be executed");
    return problem_is_error(level) ? EXIT_STATUS_EXEC : 0;
}

static int check_commands(const struct looking *looking)
{
    const struct service_spec *service = &looking->spec->service;
    const struct {
        const struct exec_command *commands;
        enum problem_level level;
    } lists[] = {
        { service->exec_condition, PROBLEM_WARNING }, { service->exec_start_pre, PROBLEM_ERROR },
        { service->exec_start, PROBLEM_ERROR },       { service->exec_start_post, PROBLEM_ERROR },
        { service->exec_reload, PROBLEM_WARNING },    { service->exec_stop, PROBLEM_ERROR },
        { service->exec_stop_post, PROBLEM_ERROR },
    };
    int status = 0;

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (const struct exec_command *at = lists[i].commands; at; at = at->next) {
            int result = check_command(looking, at, lists[i].level);

            if (status == 0)
                status = result;
        }
    return status;
}

static int check_directory(const struct exec_spec *exec, struct problem_sink *sink)
{
    const struct spec_place *where = &exec->working_directory_place;
    struct problem_place place = { where->path, where->line, where->column, NULL };
    const char *path = exec->working_directory;
    struct stat status;

    if (exec->root_directory) /* links in there are for the service */
        return 0;
    if (!path || exec->working_directory_optional ||
        (stat(path, &status) == 0 && S_ISDIR(status.st_mode) && access(path, X_OK) == 0))
        return 0;
    problem_report(sink, PROBLEM_ERROR, &place,
                   "make it, or correct WorkingDirectory=", "its working directory '%s' %s", path,
                   errno == ENOENT ? "does not exist" : "cannot be entered");
    return EXIT_STATUS_CHDIR;
}

int needs_check(const struct unit_spec *spec, const char *own_directory, struct problem_sink *sink)
{
    struct looking looking = { .spec = spec, .own_directory = own_directory, .sink = sink };
    int status = check_commands(&looking);
    int directory_status = check_directory(&spec->exec, sink);

    return status ? status : directory_status;
}
