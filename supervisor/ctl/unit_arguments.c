#include "supervisor/ctl/unit_arguments.h"

#include "supervisor/ctl/verb_options.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int unit_arguments_add_directory(struct unit_arguments *arguments, const char *path)
{
    for (size_t i = 0; i < arguments->directory_count; i++)
        if (strcmp(arguments->directories[i], path) == 0)
            return 0;
    if (arguments->directory_count == UNIT_FILE_DIRECTORIES_MAX)
        return verb_complain("There are too many directories of units: '%s'", path);
    arguments->directories[arguments->directory_count++] = path;
    return 0;
}

/* A template is judged by an instance of it, "i", as systemd-analyze(1) does. */
static int add_wanted(struct unit_arguments *arguments, const char *name, const char **ret_name)
{
    char instance[UNIT_NAME_MAX + 1];
    const char *copy;

    if (unit_name_instantiate(name, "i.service", instance))
        name = instance;
    copy = arena_string(arguments->arena, name);
    if (!copy)
        return -ENOMEM;
    if (arguments->wanted_count == UNIT_ARGUMENTS_MAX)
        return verb_complain("There are too many units: '%s'", name);
    arguments->wanted[arguments->wanted_count++] = *ret_name = copy;
    return 0;
}

static int add_name(struct unit_arguments *arguments, const char *name)
{
    char full[UNIT_NAME_MAX + 1];
    enum unit_kind kind;
    int error;

    if (!strchr(name, '.') &&
        (size_t)snprintf(full, sizeof(full), "%s.service", name) < sizeof(full))
        name = full;
    if (!unit_name_is_template(name) && !unit_name_parse(name, &kind))
        return verb_complain(
            "'%s' is neither a file, a directory nor the name of a service or target", name);
    if (arguments->name_count == UNIT_ARGUMENTS_MAX)
        return verb_complain("There are too many units: '%s'", name);
    error = add_wanted(arguments, name, &arguments->names[arguments->name_count]);
    arguments->name_count += error == 0;
    return error;
}

static int add_file(struct unit_arguments *arguments, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    char *directory =
        slash ? arena_copy(arguments->arena, path, length) : arena_string(arguments->arena, ".");
    int error = directory ? unit_arguments_add_directory(arguments, directory) : -ENOMEM;

    return error < 0 ? error : add_name(arguments, slash ? slash + 1 : path);
}

static int add_argument(struct unit_arguments *arguments, const char *argument)
{
    struct stat status;

    if (stat(argument, &status) == 0 && S_ISDIR(status.st_mode)) {
        arguments->has_directory = true;
        return unit_arguments_add_directory(arguments, argument);
    }
    if (strchr(argument, '/') || (strchr(argument, '.') && access(argument, F_OK) == 0))
        return access(argument, F_OK) == 0 ? add_file(arguments, argument)
                                           : verb_complain("There is no file '%s'", argument);
    return add_name(arguments, argument);
}

/* Templates, which are no units by themselves: without this, nobody would look at them. */
static int add_templates(struct unit_arguments *arguments, const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    const char *name;
    int error = 0;

    while (stream && error == 0 && (entry = readdir(stream)))
        if (entry->d_type != DT_LNK && unit_name_is_template(entry->d_name) &&
            unit_name_is_valid(entry->d_name))
            error = add_wanted(arguments, entry->d_name, &name);
    if (stream)
        closedir(stream);
    return error;
}

int unit_arguments_read(struct unit_arguments *arguments, char *const *words)
{
    const char *buffer[UNIT_FILE_DEFAULTS + 1];
    int error = 0;

    for (; *words && error == 0; words++)
        error = add_argument(arguments, *words);
    if (arguments->directory_count == 0)
        for (const char *const *at = unit_files_directories(buffer); *at && error == 0; at++)
            error = unit_arguments_add_directory(arguments, *at);
    if (arguments->has_directory)
        arguments->name_count = 0; /* all of it, then */
    for (size_t i = 0; i < arguments->directory_count && arguments->name_count == 0 && error == 0;
         i++)
        error = add_templates(arguments, arguments->directories[i]);
    return error;
}
