#include "supervisor/init/launcher.h"

#include "supervisor/init/launcher_log.h"
#include "supervisor/init/screen.h"
#include "supervisor/init/view.h"
#include "supervisor/unit/exit_status.h"
#include "supervisor/wire/channel.h"
#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

struct launcher {
    const struct launcher_options *options;
    struct view view;
    struct screen screen;
    int signals, watch;
    bool is_live;      /* the table is drawn in place; otherwise a line per event */
    bool has_terminal; /* at the start */
    bool has_announced;
    unsigned interrupts;
    struct stat log; /* the log file when we began; all zero when there was none */
};

static struct view_time now(void)
{
    struct timespec monotonic, real;

    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_REALTIME, &real);
    return (struct view_time){
        .monotonic_us =
            (uint64_t)monotonic.tv_sec * USEC_PER_SEC + (uint64_t)monotonic.tv_nsec / 1000,
        .realtime_us = (uint64_t)real.tv_sec * USEC_PER_SEC + (uint64_t)real.tv_nsec / 1000,
    };
}

/* --- drawing --- */

/* The value of a variable; "" when it is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

/* LC_ALL wins over LC_CTYPE wins over LANG: locale(7). */
static bool has_utf8(void)
{
    const char *locale = *variable("LC_ALL")     ? variable("LC_ALL")
                         : *variable("LC_CTYPE") ? variable("LC_CTYPE")
                                                 : variable("LANG");

    return strcasestr(locale, "UTF-8") || strcasestr(locale, "utf8");
}

static bool is_dumb(void)
{
    const char *term = variable("TERM");

    return !*term || strcmp(term, "dumb") == 0;
}

static void draw(struct launcher *launcher)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out;

    if (!launcher->is_live || launcher->view.count == 0)
        return;
    out = open_memstream(&text, &length);
    if (!out)
        return;
    view_render(&launcher->view, launcher->screen.columns, now().monotonic_us, out);
    if (fclose(out) == 0)
        screen_draw(&launcher->screen, text, length);
    else
        free(text);
}

static void say(struct launcher *launcher, const char *text)
{
    if (launcher->options->use_view)
        screen_print(&launcher->screen, text);
}

/* Units whose probe speaks HTTP are there to be opened: "datahub  http://127.0.0.1:8080/". */
static void say_address(struct launcher *launcher, const struct wire_unit *unit)
{
    static const char scheme[] = "http://";
    const char *probe = unit->health_command;
    int host;
    char line[WIRE_NAME_SIZE + WIRE_COMMAND_SIZE];

    if (strncmp(probe, scheme, strlen(scheme)) != 0)
        return;
    host = (int)strcspn(probe + strlen(scheme), "/ ");
    snprintf(line, sizeof(line), "  %-10.*s %s%.*s/\n", (int)strcspn(unit->name, "."), unit->name,
             scheme, host, probe + strlen(scheme));
    say(launcher, line);
}

/* The pod is up for the first time: the table stays as it is, and from now on each event is a line.
 */
static void announce(struct launcher *launcher)
{
    const char *const *url = launcher->options->urls;

    draw(launcher);
    screen_keep(&launcher->screen);
    launcher->is_live = false;
    launcher->has_announced = true;
    say(launcher, "\n");
    for (size_t i = 0; i < launcher->view.count; i++)
        say_address(launcher, &launcher->view.units[i].unit);
    for (; url && *url; url++) {
        char line[512];

        snprintf(line, sizeof(line), "%s\n", *url);
        say(launcher, line);
    }
    say(launcher, "Press Ctrl-C to stop the pod.\n");
}

/* --- events --- */

static void take_message(struct launcher *launcher, const union wire_message *message)
{
    struct view_time time = now();
    char line[VIEW_EVENT_SIZE + 2];

    if (view_message(&launcher->view, message, &time) < 0)
        return;
    if (launcher->view.event[0] && !launcher->is_live) {
        snprintf(line, sizeof(line), "%s\n", launcher->view.event);
        say(launcher, line);
    }
    if (!launcher->has_announced && view_is_up(&launcher->view))
        announce(launcher);
}

static void read_watch(struct launcher *launcher)
{
    int error = 0;

    while (error == 0) {
        union wire_message message;
        cleanup_fd int fd = -1;

        error = channel_receive(launcher->watch, &message, &fd);
        if (error == 0)
            take_message(launcher, &message);
    }
    if (error != -EAGAIN)
        launcher->watch = fd_close(launcher->watch);
    draw(launcher);
}

static void interrupt(struct launcher *launcher)
{
    if (launcher->interrupts++ == 0)
        say(launcher, "Stopping the pod in order; press Ctrl-C again to hurry.\n");
    else
        say(launcher, "Hurrying.\n");
    (void)kill(launcher->options->child, SIGINT);
}

static void take_signal(struct launcher *launcher, int number)
{
    switch (number) {
    case SIGINT:
        interrupt(launcher);
        break;
    case SIGWINCH:
        screen_measure(&launcher->screen);
        draw(launcher);
        break;
    case SIGHUP:
        if (launcher->has_terminal && !isatty(STDOUT_FILENO))
            number = SIGTERM;
        (void)kill(launcher->options->child, number);
        break;
    case SIGCHLD: /* the main loop looks for itself */
    case SIGPIPE:
        break;
    default:
        (void)kill(launcher->options->child, number);
    }
}

static void read_signals(struct launcher *launcher)
{
    struct signalfd_siginfo info;

    while (read(launcher->signals, &info, sizeof(info)) == sizeof(info))
        take_signal(launcher, (int)info.ssi_signo);
}

static bool is_pending(const struct launcher *launcher)
{
    return launcher->is_live && launcher->watch >= 0;
}

/* Until the child has ended; its wait status. */
static int wait_for_end(struct launcher *launcher)
{
    pid_t child = launcher->options->child, reaped;
    int status = 0;

    while ((reaped = waitpid(child, &status, WNOHANG)) != child) {
        struct pollfd waits[] = {
            { .fd = launcher->signals, .events = POLLIN },
            { .fd = launcher->watch, .events = POLLIN },
        };
        int count;

        /* Reaped behind our back: somebody started us with SIGCHLD ignored. */
        if (reaped < 0 && errno == ECHILD)
            return W_EXITCODE(EXIT_STATUS_CRASH, 0);
        count = poll(waits, ARRAY_SIZE(waits), is_pending(launcher) ? 1000 : -1);

        if (count == 0)
            draw(launcher);
        if (waits[0].revents)
            read_signals(launcher);
        if (waits[1].revents)
            read_watch(launcher);
    }
    /* What PID 1 said last can still be in the queue. */
    if (launcher->watch >= 0)
        read_watch(launcher);
    return status;
}

/* --- the end --- */

/* Where this run's lines begin: behind those of older runs, unless the pod has begun a new file. */
static off_t log_start(const struct launcher *launcher)
{
    struct stat info;
    bool is_same = stat(launcher->options->log_path, &info) == 0 &&
                   info.st_dev == launcher->log.st_dev && info.st_ino == launcher->log.st_ino;

    return is_same ? launcher->log.st_size : 0;
}

static void explain(const struct launcher *launcher, int code)
{
    const struct view_unit *failed = view_failed(&launcher->view);
    const char *name = exit_status_name(code);
    char reason[VIEW_REASON_SIZE];

    if (failed) {
        view_reason(&failed->state, reason);
        fprintf(stderr, "reeve: %s failed%s%s%s.\n", failed->unit.name, reason[0] ? " (" : "",
                reason, reason[0] ? ")" : "");
    }
    if (launcher->options->log_path)
        launcher_log_tail(launcher->options->log_path, log_start(launcher),
                          failed ? failed->unit.name : NULL, stderr);
    if (code > 128 && code < 128 + SIGRTMAX && sigabbrev_np(code - 128))
        fprintf(stderr, "reeve: The pod was ended by signal %s (exit code %d).\n",
                sigabbrev_np(code - 128), code);
    else
        fprintf(stderr, "reeve: The pod ended with exit code %d%s%s.\n", code, name ? "/" : "",
                name ? name : "");
}

static int finish(struct launcher *launcher, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

    draw(launcher);
    screen_keep(&launcher->screen);
    if (code != 0)
        explain(launcher, code);
    else if (launcher->options->use_view)
        say(launcher, "The pod has stopped.\n");
    return code;
}

static void fill_mask(sigset_t *mask)
{
    sigemptyset(mask);
    sigaddset(mask, SIGTERM);
    sigaddset(mask, SIGINT);
    sigaddset(mask, SIGHUP);
    sigaddset(mask, SIGRTMIN + 3);
    sigaddset(mask, SIGCHLD);
    sigaddset(mask, SIGWINCH);
    sigaddset(mask, SIGPIPE);
}

static void launcher_init(struct launcher *launcher, const struct launcher_options *options)
{
    struct view_style style = { .has_utf8 = has_utf8(),
                                .has_colour = !*variable("NO_COLOR") && !is_dumb() };
    struct stat info;

    *launcher = (struct launcher){
        .options = options,
        .watch = options->watch_fd,
        .is_live = options->use_view && !is_dumb(),
        .has_terminal = isatty(STDOUT_FILENO),
    };
    view_init(&launcher->view, style);
    screen_init(&launcher->screen, STDOUT_FILENO);
    if (options->log_path && stat(options->log_path, &info) == 0)
        launcher->log = info;
    if (launcher->watch >= 0)
        (void)fcntl(launcher->watch, F_SETFL, fcntl(launcher->watch, F_GETFL) | O_NONBLOCK);
}

int launcher_run(const struct launcher_options *options)
{
    struct sigaction normal = { .sa_handler = SIG_DFL };
    struct launcher launcher;
    sigset_t mask, old;
    int code = EXIT_STATUS_CRASH;

    fill_mask(&mask);
    /* Ignored SIGCHLD, as nohup-like parents leave it, would reap the child unseen. */
    (void)sigaction(SIGCHLD, &normal, NULL);
    (void)sigprocmask(SIG_BLOCK, &mask, &old);
    launcher_init(&launcher, options);
    launcher.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (launcher.signals >= 0)
        code = finish(&launcher, wait_for_end(&launcher));
    else
        fprintf(stderr, "reeve: Cannot wait for signals: %s\n", strerror(errno));
    view_release(&launcher.view);
    screen_release(&launcher.screen);
    fd_close(launcher.signals);
    fd_close(launcher.watch);
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    return code;
}
