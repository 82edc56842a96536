#include "supervisor/ctl/verify_load.h"

#include "supervisor/ctl/verbs.h"
#include "supervisor/files/unit_files.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MAX = UNIT_FILES_MAX };

static const char usage[] =
    "Usage: reevectl verify [OPTION]... [UNIT|FILE|DIR]...\n"
    "Says what becomes of each setting: supported, inert here, refused or wrong, and why.\n"
    "Nothing is started, and no reeve needs to run.\n"
    "\n"
    "  --units=DIR    read unit files from DIR; may be given more than once (default: as reeve)\n"
    "  --files-only   judge the files alone, not whether this place has the programs,\n"
    "                 directories and sandboxing that they need\n"
    "  -v --verbose   also what is supported\n"
    "  --json         print JSON, with every setting\n"
    "  -h --help      this text\n"
    "\n"
    "A FILE is read with its directory, as a DIR is with all units in it; a UNIT is a name.\n"
    "The exit status is 0 when all that was asked for is supported or inert, 1 when something\n"
    "is refused or wrong. See reevectl(1).\n";

enum option_code { OPTION_UNITS = 256, OPTION_FILES_ONLY, OPTION_JSON };

static const struct option options[] = {
    { "units", required_argument, NULL, OPTION_UNITS },
    { "files-only", no_argument, NULL, OPTION_FILES_ONLY },
    { "verbose", no_argument, NULL, 'v' },
    { "json", no_argument, NULL, OPTION_JSON },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

/* The command line. The strings of our own are in the arena of the struct verify. */
struct line {
    struct verify verify;
    const char *directories[UNIT_FILE_DIRECTORIES_MAX + 1];
    const char *names[NAMES_MAX], *wanted[NAMES_MAX + 1];
    size_t directory_count, name_count, wanted_count;
    bool is_json, only_files, has_directory;
};

static int complain(const char *format, const char *what)
{
    fputs("reevectl: ", stderr);
    fprintf(stderr, format, what);
    fputs("\n", stderr);
    return -EINVAL;
}

/* --- arguments --- */

static int add_directory(struct line *line, const char *path)
{
    for (size_t i = 0; i < line->directory_count; i++)
        if (strcmp(line->directories[i], path) == 0)
            return 0;
    if (line->directory_count == UNIT_FILE_DIRECTORIES_MAX)
        return complain("There are too many directories of units: '%s'", path);
    line->directories[line->directory_count++] = path;
    return 0;
}

/* A template is judged by an instance of it, "i", as systemd-analyze(1) does. */
static int add_wanted(struct line *line, const char *name, const char **ret_name)
{
    char instance[UNIT_NAME_MAX + 1];
    const char *copy;

    if (unit_name_instantiate(name, "i.service", instance))
        name = instance;
    copy = arena_string(&line->verify.arena, name);
    if (!copy)
        return -ENOMEM;
    if (line->wanted_count == NAMES_MAX)
        return complain("There are too many units: '%s'", name);
    line->wanted[line->wanted_count++] = *ret_name = copy;
    return 0;
}

static int add_name(struct line *line, const char *name)
{
    char full[UNIT_NAME_MAX + 1];
    enum unit_kind kind;
    int error;

    if (!strchr(name, '.') &&
        (size_t)snprintf(full, sizeof(full), "%s.service", name) < sizeof(full))
        name = full;
    if (!unit_name_is_template(name) && !unit_name_parse(name, &kind))
        return complain("'%s' is neither a file, a directory nor the name of a service or target",
                        name);
    if (line->name_count == NAMES_MAX)
        return complain("There are too many units: '%s'", name);
    error = add_wanted(line, name, &line->names[line->name_count]);
    line->name_count += error == 0;
    return error;
}

static int add_file(struct line *line, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    char *directory = slash ? arena_copy(&line->verify.arena, path, length)
                            : arena_string(&line->verify.arena, ".");
    int error = directory ? add_directory(line, directory) : -ENOMEM;

    return error < 0 ? error : add_name(line, slash ? slash + 1 : path);
}

static int add_argument(struct line *line, const char *argument)
{
    struct stat status;

    if (stat(argument, &status) == 0 && S_ISDIR(status.st_mode)) {
        line->has_directory = true;
        return add_directory(line, argument);
    }
    if (strchr(argument, '/') || (strchr(argument, '.') && access(argument, F_OK) == 0))
        return access(argument, F_OK) == 0 ? add_file(line, argument)
                                           : complain("There is no file '%s'", argument);
    return add_name(line, argument);
}

/* Templates, which are no units by themselves: without this, nobody would look at them. */
static int add_templates(struct line *line, const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    const char *name;
    int error = 0;

    while (stream && error == 0 && (entry = readdir(stream)))
        if (entry->d_type != DT_LNK && unit_name_is_template(entry->d_name) &&
            unit_name_is_valid(entry->d_name))
            error = add_wanted(line, entry->d_name, &name);
    if (stream)
        closedir(stream);
    return error;
}

static int read_arguments(struct line *line, char *const *arguments)
{
    const char *buffer[UNIT_FILE_DEFAULTS + 1];
    int error = 0;

    for (; *arguments && error == 0; arguments++)
        error = add_argument(line, *arguments);
    if (line->directory_count == 0)
        for (const char *const *at = unit_files_directories(buffer); *at && error == 0; at++)
            error = add_directory(line, *at);
    if (line->has_directory)
        line->name_count = 0; /* all of it, then */
    for (size_t i = 0; i < line->directory_count && line->name_count == 0 && error == 0; i++)
        error = add_templates(line, line->directories[i]);
    return error;
}

/* --- the story --- */

static int verify_all(struct line *line)
{
    struct verify *verify = &line->verify;
    struct verify_request request = {
        .directories = line->directories,
        .wanted = line->wanted,
        .names = line->names,
        .name_count = line->name_count,
        .only_files = line->only_files,
    };
    int error = verify_load(verify, &request);
    bool is_good = verify_judge(verify);

    if (error == -ENOMEM) {
        (void)complain("%s", "There is not enough memory");
        return CTL_FAILURE;
    }
    if (line->is_json)
        verify_print_json(verify, stdout);
    else
        verify_print_text(verify, stdout);
    return error == 0 && is_good ? CTL_OK : CTL_FAILURE;
}

static int apply_option(struct line *line, int code)
{
    switch (code) {
    case OPTION_UNITS:
        return add_directory(line, optarg);
    case OPTION_FILES_ONLY:
        line->only_files = true;
        return 0;
    case OPTION_JSON:
        line->is_json = true;
        return 0;
    case 'v':
        line->verify.is_verbose = true;
        return 0;
    default:
        fputs("See 'reevectl verify --help'.\n", stderr);
        return -EINVAL;
    }
}

int verify_main(int argc, char **argv)
{
    static struct line line;
    int code, status, error;

    arena_init(&line.verify.arena);
    while ((code = getopt_long(argc, argv, "vh", options, NULL)) != -1) {
        if (code == 'h') {
            fputs(usage, stdout);
            return CTL_OK;
        }
        if (apply_option(&line, code) < 0)
            return CTL_FAILURE;
    }
    error = read_arguments(&line, argv + optind);
    if (error == -ENOMEM)
        (void)complain("%s", "There is not enough memory");
    status = error < 0 ? CTL_FAILURE : verify_all(&line);
    verify_release(&line.verify);
    if (fflush(stdout) != 0 && errno != EPIPE) {
        fprintf(stderr, "reevectl: Cannot write: %s\n", strerror(errno));
        return CTL_FAILURE;
    }
    return status;
}
