/*
 * chromium-run: starts Chromium as the main process of its unit, the way this container allows.
 *
 * It finds out by trying whether Chromium's own sandbox can work (sandbox_probe.h), prepares home
 * and profile below the state directory (profile.h), says in one line and in the unit's status what
 * it found, and becomes the browser: the pid that the supervisor watches is Chromium's.
 *
 * Exit codes before the exec are systemd's: 200-243 as in systemd.exec(5); 2 is wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "services/desktop/profile.h"
#include "services/desktop/sandbox_probe.h"

enum exit_code {
    EXIT_USAGE = 2,
    EXIT_STATE = 238,   /* EXIT_STATE_DIRECTORY */
    EXIT_EXECUTE = 203, /* EXIT_EXEC */
};

/* Below this, shared memory goes to files in TMPDIR instead: engines give /dev/shm 64 MB by
 * default, and a full one is a SIGBUS in a renderer. */
#define SHM_WANTED_BYTES (512ULL * 1024 * 1024)

/* The real binary first: Debian's /usr/bin/chromium is a shell script that adds flags for a desktop
 * user (API keys, extensions, GPU rasterization) and nothing that the browser needs. */
static const char *const browsers[] = {
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome-stable",
};

/*
 * A browser that no person sits at, in a container without a network, a bus or a GPU. They stand
 * before the given arguments, of which Chromium takes the last one. Not here:
 * --disable-crashpad-for-testing, with which Debian's Chromium 156 loses its network process again
 * and again ("FD ownership violation").
 */
static const char *const defaults[] = {
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-pings",
    "--disable-quic",
    "--no-proxy-server", /* all there is to see is on loopback, whatever http_proxy says */
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-gpu",
    "--hide-crash-restore-bubble",
    "--password-store=basic",
    "--log-level=3", /* else some 30 lines on a missing D-Bus at each start */
    "--window-position=0,0",
    "--window-size=1280,800",
};
#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

struct launch {
    const char *browser;
    const char *state;
    bool is_fresh;
    bool is_check;
    bool is_plain;    /* without the defaults */
    char **arguments; /* after "--" */
    int argument_count;
    char profile[PATH_MAX];
    bool has_own_profile; /* ours, below the state directory: not named in the arguments */
};

static const char help_text[] =
    "usage: chromium-run [OPTION]... [-- CHROMIUM-ARGUMENT...]\n"
    "Starts Chromium; adds --no-sandbox, and says so, where Chromium's own sandbox cannot work.\n"
    "\n"
    "  --browser PATH  what to execute (default: the first that exists of Debian's and Fedora's "
    "places)\n"
    "  --state DIR     home and profile live here (default: $STATE_DIRECTORY)\n"
    "  --fresh         empty home and profile first\n"
    "  --check         only say whether Chromium's own sandbox can work here (exit 0) or not (1)\n"
    "  --plain         without the arguments for a browser that no person sits at (below)\n"
    "  --help, --version\n"
    "\n"
    "HOME and the XDG directories are set below DIR; --user-data-dir=DIR/profile is added unless "
    "given.\n"
    "A lock that a dead browser left in the profile is removed.\n"
    "Before yours come arguments such as --no-first-run --disable-background-networking "
    "--disable-gpu\n"
    "--log-level=3 --window-size=1280,800, and about:blank when you give no address.\n";

static const char *given_value(const struct launch *launch, const char *option)
{
    size_t length = strlen(option);

    for (int i = 0; i < launch->argument_count; i++) {
        const char *argument = launch->arguments[i];

        if (strncmp(argument, option, length) == 0 &&
            (argument[length] == '=' || argument[length] == '\0'))
            return argument[length] == '=' ? argument + length + 1 : "";
    }
    return NULL;
}

/* Returns whether --no-sandbox is needed, after saying why on stderr and in the unit's status. */
static bool report_sandbox(const struct launch *launch)
{
    struct probe_verdict verdict = { 0 };
    char reason[128];

    if (given_value(launch, "--no-sandbox") != NULL) {
        (void)fprintf(stderr, "chromium-run: own sandbox: off, as --no-sandbox was given\n");
        (void)sd_notify(0, "STATUS=own sandbox: off (--no-sandbox was given)");
        return false;
    }
    if (geteuid() == 0) {
        (void)fprintf(stderr,
                      "chromium-run: own sandbox: off, as Chromium refuses to use it as root; "
                      "adding --no-sandbox. Remedy: run as another user (User=1001)\n");
        (void)sd_notify(0, "STATUS=own sandbox: off (running as root)");
        return true;
    }
    int error = sandbox_probe(&verdict);

    if (error == 0 && verdict.step == PROBE_DONE) {
        (void)fprintf(stderr, "chromium-run: own sandbox: on\n");
        (void)sd_notify(0, "STATUS=own sandbox: on");
        return false;
    }
    if (error < 0)
        verdict = (struct probe_verdict){ .step = PROBE_CLONE, .error = -error };
    probe_verdict_describe(&verdict, reason, sizeof(reason));
    (void)fprintf(
        stderr,
        "chromium-run: own sandbox: off (%s); adding --no-sandbox, so pages are held by the "
        "unit's sandbox only. Remedy: %s\n",
        reason, probe_verdict_remedy(&verdict));
    (void)sd_notifyf(0, "STATUS=own sandbox: off (%s)", reason);
    return true;
}

static bool is_shm_small(void)
{
    struct statvfs status;

    if (statvfs("/dev/shm", &status) < 0 || access("/dev/shm", W_OK) < 0)
        return true;
    return (unsigned long long)status.f_bavail * status.f_frsize < SHM_WANTED_BYTES;
}

/* Which profile it will be. Returns 0, or an exit code after saying what is missing. */
static int choose_profile(struct launch *launch)
{
    const char *given = given_value(launch, "--user-data-dir");

    if (given == NULL && launch->state == NULL) {
        (void)fprintf(stderr,
                      "chromium-run: no place for the profile. Remedy: StateDirectory= in the "
                      "unit, --state DIR, or -- --user-data-dir=DIR\n");
        return EXIT_USAGE;
    }
    launch->has_own_profile = given == NULL;
    (void)snprintf(launch->profile, sizeof(launch->profile), "%s%s",
                   given != NULL ? given : launch->state, given != NULL ? "" : "/profile");
    return 0;
}

/* Nobody else uses the profile, and no dead browser's lock says so. */
static int take_profile(const struct launch *launch)
{
    char text[NAME_MAX + 1];
    pid_t owner = profile_owner(launch->profile);

    if (owner > 0) {
        (void)fprintf(
            stderr,
            "chromium-run: the profile '%s' is in use by the browser with pid %d. Remedy: "
            "stop it, or give another --state\n",
            launch->profile, (int)owner);
        return EXIT_FAILURE;
    }
    int found = profile_unlock(launch->profile, text, sizeof(text));

    if (found < 0)
        (void)fprintf(stderr, "chromium-run: cannot remove the stale lock in '%s': %s; going on\n",
                      launch->profile, strerror(-found));
    if (found > 0)
        (void)fprintf(stderr, "chromium-run: removed the stale profile lock of '%s'\n", text);
    return 0;
}

static int prepare(struct launch *launch)
{
    char failed[PATH_MAX] = "";
    int code = choose_profile(launch);

    if (code == 0)
        code = take_profile(launch);
    if (code != 0 || launch->state == NULL)
        return code;
    int error = profile_prepare(launch->state, launch->is_fresh, failed, sizeof(failed));

    if (error < 0) {
        (void)fprintf(
            stderr,
            "chromium-run: cannot prepare '%s': %s. Remedy: make '%s' writable for uid %u\n",
            failed, strerror(-error), launch->state, geteuid());
        return EXIT_STATE;
    }
    return 0;
}

static const char *find_browser(const struct launch *launch)
{
    if (launch->browser != NULL)
        return launch->browser;
    for (size_t i = 0; i < sizeof(browsers) / sizeof(browsers[0]); i++)
        if (access(browsers[i], X_OK) == 0)
            return browsers[i];
    return browsers[0];
}

static bool has_address(const struct launch *launch)
{
    for (int i = 0; i < launch->argument_count; i++)
        if (launch->arguments[i][0] != '-')
            return true;
    return false;
}

/* Becomes the browser; returns only when that fails. */
static int become_browser(const struct launch *launch, bool needs_no_sandbox)
{
    const char *browser = find_browser(launch);
    char profile_option[PATH_MAX + 32];
    char **arguments =
        calloc(DEFAULT_COUNT + (size_t)launch->argument_count + 6, sizeof(*arguments));
    int count = 0;

    if (arguments == NULL) {
        (void)fprintf(stderr, "chromium-run: out of memory\n");
        return EXIT_EXECUTE;
    }
    arguments[count++] = (char *)browser;
    if (needs_no_sandbox)
        arguments[count++] = "--no-sandbox";
    if (is_shm_small())
        arguments[count++] = "--disable-dev-shm-usage";
    if (launch->has_own_profile) {
        (void)snprintf(profile_option, sizeof(profile_option), "--user-data-dir=%s",
                       launch->profile);
        arguments[count++] = profile_option;
    }
    for (size_t i = 0; !launch->is_plain && i < DEFAULT_COUNT; i++)
        arguments[count++] = (char *)defaults[i];
    for (int i = 0; i < launch->argument_count; i++)
        arguments[count++] = launch->arguments[i];
    if (!launch->is_plain && !has_address(launch))
        arguments[count++] = "about:blank";
    /* Chromium knows nothing of it, and none of its children shall speak for the unit. */
    (void)unsetenv("NOTIFY_SOCKET");
    (void)execv(browser, arguments);
    (void)fprintf(stderr,
                  "chromium-run: cannot execute '%s': %s. Remedy: install the package chromium, "
                  "or give --browser PATH\n",
                  browser, strerror(errno));
    free(arguments);
    return EXIT_EXECUTE;
}

enum option_id {
    OPTION_BROWSER = 'b',
    OPTION_STATE = 's',
    OPTION_FRESH = 'f',
    OPTION_CHECK = 'c',
    OPTION_PLAIN = 'p'
};

/* clang-format off */
static const struct option options[] = {
    { "browser", required_argument, NULL, OPTION_BROWSER },
    { "state",   required_argument, NULL, OPTION_STATE },
    { "fresh",   no_argument,       NULL, OPTION_FRESH },
    { "check",   no_argument,       NULL, OPTION_CHECK },
    { "plain",   no_argument,       NULL, OPTION_PLAIN },
    { "help",    no_argument,       NULL, 'h' },
    { "version", no_argument,       NULL, 'V' },
    { 0 },
};
/* clang-format on */

/* Returns -1 to go on, or the exit code. */
static int parse(int argc, char **argv, struct launch *launch)
{
    int option = 0;

    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        if (option == OPTION_BROWSER)
            launch->browser = optarg;
        else if (option == OPTION_STATE)
            launch->state = optarg;
        else if (option == OPTION_FRESH)
            launch->is_fresh = true;
        else if (option == OPTION_CHECK)
            launch->is_check = true;
        else if (option == OPTION_PLAIN)
            launch->is_plain = true;
        else if (option == 'h')
            return fputs(help_text, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        else if (option == 'V')
            return puts("chromium-run " REEVE_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        else
            return EXIT_USAGE;
    }
    if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
        (void)fprintf(stderr, "chromium-run: what is for Chromium comes after '--', unlike '%s'\n",
                      argv[optind]);
        return EXIT_USAGE;
    }
    launch->arguments = argv + optind;
    launch->argument_count = argc - optind;
    return -1;
}

int main(int argc, char **argv)
{
    struct launch launch = { .state = getenv("STATE_DIRECTORY") };
    char state[PATH_MAX] = "";
    int code = parse(argc, argv, &launch);

    if (code >= 0)
        return code;
    /* systemd.exec(5): several directories are separated by colons; the first is ours. */
    if (launch.state != NULL && launch.state == getenv("STATE_DIRECTORY")) {
        (void)snprintf(state, sizeof(state), "%.*s", (int)strcspn(launch.state, ":"), launch.state);
        launch.state = state;
    }
    if (launch.state != NULL && launch.state[0] == '\0')
        launch.state = NULL;
    bool needs_no_sandbox = report_sandbox(&launch);

    if (launch.is_check)
        return needs_no_sandbox ? EXIT_FAILURE : EXIT_SUCCESS;
    code = prepare(&launch);
    return code != 0 ? code : become_browser(&launch, needs_no_sandbox);
}
