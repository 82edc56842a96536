#include "supervisor/ctl/learn.h"

#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/unit/value.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "Usage: reevectl learn [OPTION]... UNIT|FILE\n"
    "Runs the commands of a service without its sandbox, watches each system call of all its\n"
    "processes, and writes a drop-in that allows what it did and no more. Stop the service first,\n"
    "and use this one as it is used; Ctrl-C ends it. No right is needed, and no reeve.\n"
    "\n"
    "     --units=DIR    read unit files from DIR; may be given more than once (default: as "
    "reeve)\n"
    "     --time=SPAN    end it after that time, like '30s'\n"
    "     --output=FILE  write the drop-in there, and not to standard output\n"
    "     --place        write it beside the unit: UNIT.d/50-learned.conf\n"
    "  -h --help         this text\n"
    "\n"
    "What the service writes comes on standard error. The exit status is 1 when nothing could be\n"
    "learned, or a command failed. See reevectl(1).\n";

enum option_code { OPTION_UNITS = 256, OPTION_TIME, OPTION_OUTPUT, OPTION_PLACE };

static const struct option options[] = {
    { "units", required_argument, NULL, OPTION_UNITS },
    { "time", required_argument, NULL, OPTION_TIME },
    { "output", required_argument, NULL, OPTION_OUTPUT },
    { "place", no_argument, NULL, OPTION_PLACE },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

struct line {
    struct arena arena;
    struct unit_arguments arguments;
    struct learn learn;
    const char *output;
    bool is_placed;
};

/* --- where it goes --- */

/* Root, who became the user of the service to watch it. */
static void be_root_again(const struct learn *learn)
{
    if (learn->identity && (seteuid(0) < 0 || setegid(0) < 0))
        (void)verb_complain("Cannot become root again: %s", strerror(errno));
}

static int place_of(const struct learn *learn, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s.d", learn->spec->fragment_path);

    if (length >= PATH_MAX - NAME_MAX)
        return -ENAMETOOLONG;
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return -errno;
    snprintf(path + length, (size_t)(PATH_MAX - length), "/50-learned.conf");
    return 0;
}

static int write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    int error;

    if (!file)
        return -errno;
    error = fputs(text, file) < 0 ? -EIO : 0;
    return fclose(file) < 0 ? -errno : error;
}

static int put(const struct line *line, const char *text)
{
    char path[PATH_MAX] = "";
    int error = 0;

    if (!line->output && !line->is_placed)
        return fputs(text, stdout) < 0 ? -EIO : 0;
    be_root_again(&line->learn);
    if (line->output)
        snprintf(path, sizeof(path), "%s", line->output);
    else
        error = place_of(&line->learn, path);
    if (error == 0)
        error = write_file(path, text);
    if (error < 0)
        fprintf(stderr, "reevectl: Cannot write '%s': %s\n", path, strerror(-error));
    else
        fprintf(stderr,
                "reevectl: The drop-in is '%s'; it holds from the next start on after 'reevectl "
                "daemon-reload'.\n",
                path);
    return error;
}

/* --- the story --- */

static int learn(struct line *line)
{
    cleanup_free char *text = NULL;
    int error = learn_unit_load(&line->learn);

    if (error < 0)
        return error;
    error = learn_run(&line->learn);
    if (error < 0)
        return verb_complain("Nothing is proposed.");
    text = learn_propose(&line->learn);
    return text ? put(line, text) : verb_complain("There is not enough memory.");
}

static int set_time(struct line *line, const char *text)
{
    if (value_time(text, USEC_PER_SEC, &line->learn.time_us) < 0 || line->learn.time_us == 0 ||
        line->learn.time_us == USEC_INFINITY)
        return verb_complain("--time='%s' is not a time above 0", text);
    return 0;
}

static int apply_option(void *context, int code)
{
    struct line *line = context;

    switch (code) {
    case OPTION_UNITS:
        return unit_arguments_add_directory(&line->arguments, optarg);
    case OPTION_TIME:
        return set_time(line, optarg);
    case OPTION_OUTPUT:
        line->output = optarg;
        return 0;
    case OPTION_PLACE:
        line->is_placed = true;
        return 0;
    default:
        return -EINVAL;
    }
}

int learn_main(int argc, char **argv)
{
    static struct line line;
    int error;

    arena_init(&line.arena);
    arena_init(&line.learn.facts.arena);
    line.arguments.arena = &line.arena;
    line.learn.arguments = &line.arguments;
    error = verb_options_read(argc, argv,
                              &(struct verb_options){ .usage = usage,
                                                      .letters = "h",
                                                      .options = options,
                                                      .apply = apply_option,
                                                      .context = &line });
    if (error != 0)
        return error > 0 ? CTL_OK : CTL_FAILURE;
    error = unit_arguments_read(&line.arguments, argv + optind);
    if (error == 0 && (argc != optind + 1 || line.arguments.name_count != 1))
        error = verb_complain("learn wants one service. See 'reevectl learn --help'.");
    if (error == 0)
        error = learn(&line);
    learn_unit_release(&line.learn);
    arena_release(&line.arena);
    return verb_end(error < 0 ? CTL_FAILURE : CTL_OK);
}
