#include "supervisor/ctl/simulate.h"

#include "supervisor/ctl/verb_options.h"
#include "supervisor/ctl/verbs.h"
#include "supervisor/files/roots.h"
#include "supervisor/files/unit_files.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SCENARIO_SIZE_MAX = 1024 * 1024,
    DEFAULT_TAIL_S = 600, /* so long after the last line of the scenario, without --until */
};

static const char usage[] =
    "Usage: reevectl simulate [OPTION]... [UNIT]...\n"
    "Plays the units on a virtual clock, with the machine that reeve itself runs. Nothing is "
    "started.\n"
    "\n"
    "  --units=DIR       read unit files from DIR; may be given more than once (default: as "
    "reeve)\n"
    "  --scenario=FILE   what the services do; '-': from standard input (default: all goes well)\n"
    "  --until=TIME      the end; by default 10 minutes after the last line of the scenario\n"
    "  --seed=N          for times like 2s..5s (1)\n"
    "  --assert=TEXT     must be true, else the exit status is 1; may be given more than once:\n"
    "                    \"redis restarts <= 5\", \"pod exit == 0\", \"datahub active at 10s\"\n"
    "  --svg=FILE        write a picture\n"
    "  --json            print JSON\n"
    "  -q --quiet        leave out the trace\n"
    "  -h --help         this text\n"
    "\n"
    "A scenario has one statement a line:\n"
    "  t=3s redis exits 1        t=3s redis dies KILL      t=5s redis hangs\n"
    "  t=10s stop redis          t=12s start redis         t=20s shutdown\n"
    "  redis exits 0 after 2s    redis dies SEGV after 1s..3s in run 2\n"
    "  kairos ready after 800ms  kairos never ready        kairos cannot exec\n"
    "  redis stops after 2s      redis stops with 3        redis ignores TERM\n"
    "  redis ExecStop takes 2s   redis ExecStartPre exits 1\n"
    "  probe datahub fails 3 times\n"
    "What is not said goes well: ready at once, runs for ever, ends at once when told to.\n"
    "See reevectl(1).\n";

static void print_problem(void *context, const struct problem *problem)
{
    char text[1024];

    (void)context;
    if (problem->level == PROBLEM_NOTE)
        return;
    problem_format(problem, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
}

/* --- the command line --- */

enum option_code {
    OPTION_UNITS = 256,
    OPTION_SCENARIO,
    OPTION_UNTIL,
    OPTION_SEED,
    OPTION_ASSERT,
    OPTION_SVG,
    OPTION_JSON,
};

static const struct option options[] = {
    { "units", required_argument, NULL, OPTION_UNITS },
    { "scenario", required_argument, NULL, OPTION_SCENARIO },
    { "until", required_argument, NULL, OPTION_UNTIL },
    { "seed", required_argument, NULL, OPTION_SEED },
    { "assert", required_argument, NULL, OPTION_ASSERT },
    { "svg", required_argument, NULL, OPTION_SVG },
    { "json", no_argument, NULL, OPTION_JSON },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static bool complain(const char *format, const char *what)
{
    fputs("reevectl: ", stderr);
    fprintf(stderr, format, what);
    fputs("\n", stderr);
    return false;
}

static bool add(const char **list, size_t *count, size_t max, const char *option)
{
    if (*count == max)
        return complain("%s is given too often", option);
    list[(*count)++] = optarg;
    return true;
}

static bool apply_option(struct simulate *simulate, int code)
{
    size_t directories = 0;
    uint64_t until_us;

    while (simulate->directories[directories])
        directories++;
    switch (code) {
    case OPTION_UNITS:
        return add(simulate->directories, &directories, SIMULATE_DIRECTORIES_MAX, "--units");
    case OPTION_SCENARIO:
        simulate->scenario_path = optarg;
        return true;
    case OPTION_UNTIL:
        if (value_time(optarg, USEC_PER_SEC, &until_us) < 0 || until_us > USEC_INFINITY / 4)
            return complain("--until='%s' is not a time; write 90s, 10min, 1h", optarg);
        simulate->options.until_us = until_us;
        simulate->options.is_until_set = true;
        return true;
    case OPTION_SEED:
        if (value_unsigned(optarg, UINT64_MAX, &simulate->options.seed) < 0)
            return complain("--seed='%s' is not a number", optarg);
        return true;
    case OPTION_ASSERT:
        return add(simulate->assertion_texts, &simulate->assertion_count, SIMULATE_ASSERTIONS_MAX,
                   "--assert");
    case OPTION_SVG:
        simulate->svg_path = optarg;
        return true;
    case OPTION_JSON:
        simulate->is_json = true;
        return true;
    case 'q':
        simulate->is_quiet = true;
        return true;
    default:
        fputs("See 'reevectl simulate --help'.\n", stderr);
        return false;
    }
}

/* --- what is read --- */

static int load_units(struct simulate *simulate, char *const *names, struct problem_sink *sink)
{
    const char *buffer[UNIT_FILE_DEFAULTS + 1];
    const char *const *directories =
        simulate->directories[0] ? simulate->directories : unit_files_directories(buffer);
    static struct unit_roots roots;
    int error = roots_find(&roots, getuid(), getgid());

    if (error == 0)
        error = unit_set_init(&simulate->set, &roots);
    if (error == 0)
        error = unit_files_load(directories, (const char *const *)names, &simulate->set, sink);
    if (error == 0 && sink->errors == 0)
        error = unit_set_resolve(&simulate->set, sink);
    return error == 0 && sink->errors > 0 ? -EBADMSG : error;
}

static unit_id find_unit(const struct simulate *simulate, const char *name)
{
    const char *nearest = NULL;
    unit_id id = scenario_unit(&simulate->set, name, &nearest);

    if (id == UNIT_NONE)
        fprintf(stderr, "reevectl: There is no unit '%s' in these directories.%s%s%s\n", name,
                nearest ? " Did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    return id;
}

/* Those that are named; else, as reeve does, default.target, else every unit. */
static int find_targets(struct simulate *simulate, char *const *names, size_t count)
{
    unit_id standard = unit_set_find(&simulate->set, "default.target");

    simulate->targets = calloc(count + 1, sizeof(*simulate->targets));
    if (!simulate->targets)
        return -ENOMEM;
    simulate->options.targets = simulate->targets;
    simulate->options.target_count = count;
    for (size_t i = 0; i < count; i++) {
        simulate->targets[i] = find_unit(simulate, names[i]);
        if (simulate->targets[i] == UNIT_NONE)
            return -ENOENT;
    }
    if (count == 0 && standard != UNIT_NONE) {
        simulate->targets[0] = standard;
        simulate->options.target_count = 1;
    }
    return 0;
}

/* The whole file; NULL: reported. */
static char *read_scenario(const char *path, size_t *ret_size)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *text = fd < 0 ? NULL : malloc(SCENARIO_SIZE_MAX + 1);
    ssize_t got = -1;
    size_t size = 0;

    while (text && size <= SCENARIO_SIZE_MAX &&
           (got = read(fd, text + size, SCENARIO_SIZE_MAX + 1 - size)) > 0)
        size += (size_t)got;
    if (size > SCENARIO_SIZE_MAX)
        fprintf(stderr, "reevectl: The scenario '%s' is longer than 1 MiB.\n", path);
    else if (got < 0)
        fprintf(stderr, "reevectl: Cannot read the scenario '%s': %s\n", path, strerror(errno));
    if (fd >= 0 && !is_stdin)
        close(fd);
    if (got < 0 || size > SCENARIO_SIZE_MAX)
        free(take_pointer(&text));
    *ret_size = size;
    return text;
}

static int load_scenario(struct simulate *simulate, struct problem_sink *sink)
{
    cleanup_free char *text = NULL;
    const char *path = simulate->scenario_path;
    size_t size = 0;

    if (path) {
        text = read_scenario(path, &size);
        if (!text)
            return -EIO;
    }
    return scenario_parse(&simulate->scenario, &simulate->set,
                          path && strcmp(path, "-") == 0 ? "<stdin>" : path, text, size, sink);
}

static int look_order(const void *a, const void *b)
{
    const struct assertion *const *left = a, *const *right = b;

    return ((*left)->at_us > (*right)->at_us) - ((*left)->at_us < (*right)->at_us);
}

static int load_assertions(struct simulate *simulate, struct problem_sink *sink)
{
    static uint64_t look_us[SIMULATE_ASSERTIONS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < simulate->assertion_count; i++) {
        struct assertion *assertion = &simulate->assertions[i];

        if (assertion_parse(assertion, &simulate->set, simulate->assertion_texts[i], sink) == 0 &&
            assertion->at_us != USEC_INFINITY)
            simulate->looks[count++] = assertion;
    }
    qsort(simulate->looks, count, sizeof(simulate->looks[0]), look_order);
    for (size_t i = 0; i < count; i++)
        look_us[i] = simulate->looks[i]->at_us;
    simulate->options.look_us = look_us;
    simulate->options.look_count = count;
    return sink->errors > 0 ? -EBADMSG : 0;
}

/* --- the run --- */

static void trace(void *context, const struct trace *trace)
{
    struct simulate *simulate = context;

    if (simulate->is_json)
        simulate_json_trace(simulate, trace);
    else
        simulate_text_trace(simulate, trace);
}

static void look(void *context, const struct simulation *simulation, size_t index)
{
    struct simulate *simulate = context;

    assertion_judge(simulate->looks[index], simulation);
}

const char *simulate_end_text(const struct simulate *simulate)
{
    switch (simulate->simulation.end) {
    case SIMULATION_EXITED:
        return "the pod has ended";
    case SIMULATION_IDLE:
        return "nothing more would happen";
    case SIMULATION_UNTIL:
        return simulate->options.is_until_set ? "as --until says" : "ends after 10 minutes";
    case SIMULATION_STUCK:
        return "more and more happens, but no time passes";
    }
    return "";
}

/* Until when at the latest: 10 minutes after the last that anybody speaks of. */
static uint64_t default_end(const struct simulate *simulate)
{
    const struct scenario *scenario = &simulate->scenario;
    uint64_t last_us =
        scenario->event_count ? scenario->events[scenario->event_count - 1].at_us : 0;
    size_t looks = simulate->options.look_count;

    if (looks > 0 && simulate->options.look_us[looks - 1] > last_us)
        last_us = simulate->options.look_us[looks - 1];
    return usec_add(last_us, DEFAULT_TAIL_S * USEC_PER_SEC);
}

static int write_picture(const struct simulate *simulate)
{
    FILE *file = fopen(simulate->svg_path, "we");
    bool is_good = file != NULL;

    if (file) {
        simulate_svg(simulate, file);
        is_good = !ferror(file);
        is_good &= fclose(file) == 0;
    }
    if (!is_good)
        fprintf(stderr, "reevectl: Cannot write the picture '%s': %s\n", simulate->svg_path,
                strerror(errno));
    return is_good ? 0 : -EIO;
}

static int play(struct simulate *simulate)
{
    struct simulation *simulation = &simulate->simulation;
    bool is_good = true;
    int error;

    simulate->options.context = simulate;
    simulate->options.trace = simulate->is_quiet ? NULL : trace;
    simulate->options.look = look;
    simulate->options.keeps_spans = simulate->svg_path != NULL;
    if (!simulate->options.is_until_set)
        simulate->options.until_us = default_end(simulate);
    error = simulation_run(simulation, &simulate->set, &simulate->scenario, &simulate->options);
    if (error < 0) {
        fprintf(stderr, "reevectl: Cannot simulate: %s\n", strerror(-error));
        return CTL_FAILURE;
    }
    for (size_t i = 0; i < simulate->assertion_count; i++) {
        if (simulate->assertions[i].at_us == USEC_INFINITY)
            assertion_judge(&simulate->assertions[i], simulation);
        is_good &= simulate->assertions[i].holds;
    }
    if (simulate->is_json)
        simulate_json_summary(simulate);
    else
        simulate_text_summary(simulate);
    if (simulate->svg_path && write_picture(simulate) < 0)
        is_good = false;
    return is_good && simulation->end != SIMULATION_STUCK ? CTL_OK : CTL_FAILURE;
}

static int load_and_play(struct simulate *simulate, char *const *names, size_t count)
{
    struct problem_sink sink = { .report = print_problem };
    int error = load_units(simulate, names, &sink);

    if (error == 0)
        error = find_targets(simulate, names, count);
    if (error == 0)
        error = load_scenario(simulate, &sink);
    if (error == 0)
        error = load_assertions(simulate, &sink);
    if (error == -ENOMEM)
        fputs("reevectl: There is not enough memory.\n", stderr);
    return error < 0 ? CTL_FAILURE : play(simulate);
}

int simulate_main(int argc, char **argv)
{
    static struct simulate simulate;
    int code, status;

    simulate.options.seed = 1;
    while ((code = getopt_long(argc, argv, "qh", options, NULL)) != -1) {
        if (code == 'h') {
            fputs(usage, stdout);
            return CTL_OK;
        }
        if (!apply_option(&simulate, code))
            return CTL_FAILURE;
    }
    status = load_and_play(&simulate, argv + optind, (size_t)(argc - optind));
    simulation_release(&simulate.simulation);
    scenario_release(&simulate.scenario);
    unit_set_release(&simulate.set);
    free(simulate.targets);
    return verb_end(status);
}
