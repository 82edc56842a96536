#include "supervisor/ctl/verify_load.h"

#include "supervisor/ctl/unit_arguments.h"
#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"

#include <errno.h>

static const char usage[] =
    "Usage: reevectl verify [OPTION]... [UNIT|FILE|DIR]...\n"
    "Says what becomes of each setting: supported, inert here, refused or wrong, and why.\n"
    "Nothing is started, and no reeve needs to run.\n"
    "\n"
    "  --units=DIR    read unit files from DIR; may be given more than once (default: as reeve)\n"
    "  --files-only   judge the files alone, not whether this place has the programs,\n"
    "                 directories and sandboxing that they need\n"
    "  --strict       a service that another one is started after has to tell when it is ready\n"
    "  -v --verbose   also what is supported\n"
    "  --json         print JSON, with every setting\n"
    "  -h --help      this text\n"
    "\n"
    "A FILE is read with its directory, as a DIR is with all units in it; a UNIT is a name.\n"
    "The exit status is 0 when all that was asked for is supported or inert, 1 when something\n"
    "is refused or wrong. See reevectl(1).\n";

enum option_code { OPTION_UNITS = 256, OPTION_FILES_ONLY, OPTION_JSON, OPTION_STRICT };

static const struct option options[] = {
    { "units", required_argument, NULL, OPTION_UNITS },
    { "files-only", no_argument, NULL, OPTION_FILES_ONLY },
    { "strict", no_argument, NULL, OPTION_STRICT },
    { "verbose", no_argument, NULL, 'v' },
    { "json", no_argument, NULL, OPTION_JSON },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

/* The command line. */
struct line {
    struct verify verify;
    struct unit_arguments arguments;
    bool is_json, only_files, is_strict;
};

static void complain_of_memory(void)
{
    fputs("reevectl: There is not enough memory\n", stderr);
}

/* --- the story --- */

static int verify_all(struct line *line)
{
    struct verify *verify = &line->verify;
    struct verify_request request = {
        .directories = line->arguments.directories,
        .wanted = line->arguments.wanted,
        .names = line->arguments.names,
        .name_count = line->arguments.name_count,
        .only_files = line->only_files,
        .is_strict = line->is_strict,
    };
    int error = verify_load(verify, &request);
    bool is_good = verify_judge(verify);

    if (error == -ENOMEM) {
        complain_of_memory();
        return CTL_FAILURE;
    }
    if (line->is_json)
        verify_print_json(verify, stdout);
    else
        verify_print_text(verify, stdout);
    return error == 0 && is_good ? CTL_OK : CTL_FAILURE;
}

static int apply_option(void *context, int code)
{
    struct line *line = context;

    switch (code) {
    case OPTION_UNITS:
        return unit_arguments_add_directory(&line->arguments, optarg);
    case OPTION_FILES_ONLY:
        line->only_files = true;
        return 0;
    case OPTION_STRICT:
        line->is_strict = true;
        return 0;
    case OPTION_JSON:
        line->is_json = true;
        return 0;
    case 'v':
        line->verify.is_verbose = true;
        return 0;
    default:
        return -EINVAL;
    }
}

int verify_main(int argc, char **argv)
{
    static struct line line;
    int status, error;

    arena_init(&line.verify.arena);
    line.arguments.arena = &line.verify.arena;
    error = verb_options_read(argc, argv,
                              &(struct verb_options){ .usage = usage,
                                                      .letters = "vh",
                                                      .options = options,
                                                      .apply = apply_option,
                                                      .context = &line });
    if (error != 0)
        return error > 0 ? CTL_OK : CTL_FAILURE;
    error = unit_arguments_read(&line.arguments, argv + optind);
    if (error == -ENOMEM)
        complain_of_memory();
    status = error < 0 ? CTL_FAILURE : verify_all(&line);
    verify_release(&line.verify);
    return verb_end(status);
}
