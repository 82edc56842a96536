/*
 * reeve-health: probes the units of the pod and serves the health port. Started by PID 1 with the
 * wire on file descriptor WIRE_FD; see README.md for the reading order.
 */

#include "supervisor/health/link.h"
#include "supervisor/health/listen.h"
#include "supervisor/health/web.h"
#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

enum { EXIT_USAGE = 2 };

#define LISTEN_DEFAULT "127.0.0.1:8090"
/* While the port is taken: how often we look, and how often we say so. */
#define LISTEN_RETRY_US  USEC_PER_SEC
#define LISTEN_REMIND_US (60 * USEC_PER_SEC)

static const char usage[] =
    "Usage: reeve-health [--listen=ADDRESS:PORT] [--token-file=PATH] [--tls-cert=PATH "
    "--tls-key=PATH]\n"
    "Probes the units of a pod (HealthCmd= in [X-Reeve]) and answers HTTP, read only; / lists the\n"
    "paths. Started by reeve, with its end of the wire on file descriptor 3; ends when reeve "
    "closes\n"
    "the wire.\n"
    "\n"
    "  --listen=ADDRESS:PORT   REEVE_HEALTH_LISTEN       where; " LISTEN_DEFAULT " by default\n"
    "  --token-file=PATH       REEVE_HEALTH_TOKEN_FILE   who asks needs this bearer token, but "
    "for\n"
    "                                                    /livez, /readyz, /startupz and the page\n"
    "  --tls-cert=PATH         REEVE_HEALTH_TLS_CERT     HTTPS: certificates, PEM\n"
    "  --tls-key=PATH          REEVE_HEALTH_TLS_KEY      ... and their key\n"
    "\n"
    "HealthCmd= is one of\n"
    "  http://HOST[:PORT][/PATH]     status 200 to 399; https:// too, without a look at the "
    "certificate\n"
    "  redis://[[USER]:PASSWORD@]HOST[:PORT][?password-file=/PATH]   PING is answered by PONG\n"
    "  tcp://HOST:PORT  unix:/PATH   a connection is accepted\n"
    "  x11::NUMBER  x11:/PATH        the X server lets a client in\n"
    "  cdp://HOST[:PORT]             Chromium's DevTools answer\n"
    "  notify:PATTERN                its own STATUS= is like that; with ! in front: is not\n"
    "  COMMAND ARGUMENT...           exit status 0; no shell\n"
    "Behind an address may stand what else the answer has to be:\n"
    "  http, https   status=NUMBER[-NUMBER]  header=NAME:TEXT  body=TEXT\n"
    "  redis         role=master|slave  info=FIELD<VALUE, also with <= = != >= >\n"
    "HOST is an address in digits or localhost: names are not looked up.\n"
    "\n"
    "REEVE_HEALTH_PICTURES names a directory whose newest *.png the dashboard shows.\n";

/* Everything, in one place. */
struct health_app {
    struct loop loop;
    struct table table;
    struct prober prober;
    struct link link;
    struct log_link logs;
    struct web *web; /* NULL while the port is taken */
    const char *listen_text;
    struct guard_paths guard_paths;
    struct guard guard;
    struct listen_address listen;
    uint64_t listen_next_us, listen_remind_us;
    uint64_t alive_every_us, alive_us; /* WATCHDOG=1: how often, and when next; 0: nobody asks */
};

static const char *from_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

/* Whether what was said makes sense together; says what does not. */
static bool check_options(struct health_app *app)
{
    const struct guard_paths *paths = &app->guard_paths;

    if (listen_address_parse(app->listen_text, &app->listen) < 0)
        fprintf(stderr,
                "<3>reeve-health: '%s' is not ADDRESS:PORT in digits; give one with --listen or "
                "REEVE_HEALTH_LISTEN\n",
                app->listen_text);
    else if (!paths->certificate != !paths->key)
        fputs("<3>reeve-health: --tls-cert and --tls-key belong together\n", stderr);
    else
        return true;
    return false;
}

/* -1: go on; otherwise the exit status. */
static int read_options(int argc, char **argv, struct health_app *app)
{
    static const struct option options[] = {
        { "listen", required_argument, NULL, 'l' },
        { "token-file", required_argument, NULL, 't' },
        { "tls-cert", required_argument, NULL, 'c' },
        { "tls-key", required_argument, NULL, 'k' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { 0 },
    };
    int letter;

    app->listen_text = from_environment("REEVE_HEALTH_LISTEN", LISTEN_DEFAULT);
    app->guard_paths.token = from_environment("REEVE_HEALTH_TOKEN_FILE", NULL);
    app->guard_paths.certificate = from_environment("REEVE_HEALTH_TLS_CERT", NULL);
    app->guard_paths.key = from_environment("REEVE_HEALTH_TLS_KEY", NULL);
    while ((letter = getopt_long(argc, argv, "l:h", options, NULL)) != -1) {
        switch (letter) {
        case 'l':
            app->listen_text = optarg;
            break;
        case 't':
            app->guard_paths.token = optarg;
            break;
        case 'c':
            app->guard_paths.certificate = optarg;
            break;
        case 'k':
            app->guard_paths.key = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("reeve-health " REEVE_VERSION);
            return EXIT_SUCCESS;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == argc)
        return check_options(app) ? -1 : EXIT_USAGE;
    fprintf(stderr, "<3>reeve-health: '%s' is one word too many; see --help\n", argv[optind]);
    return EXIT_USAGE;
}

static bool is_wire(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/* The default action of SIGTERM is what we want, "ends at once", but for the exit status. */
static void exit_at_once(int signal)
{
    (void)signal;
    _exit(EXIT_SUCCESS);
}

static void set_signals(void)
{
    struct sigaction leave = { .sa_handler = exit_at_once }, ignore = { .sa_handler = SIG_IGN };

    (void)sigaction(SIGTERM, &leave, NULL);
    (void)sigaction(SIGINT, &leave, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGHUP, &ignore, NULL);
}

/* A descriptor below 3 that came closed would become a socket, and messages would go into it. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    fd_close(fd);
}

/* 0 with app->web, or a negative errno and a sentence for a person. */
static int open_port(struct health_app *app, struct guard_sentence *sentence)
{
    const struct web_config config = { .table = &app->table,
                                       .logs = &app->logs,
                                       .guard = &app->guard,
                                       .pictures = getenv("REEVE_HEALTH_PICTURES") };
    int error, fd;

    /* Without its guard the port stays closed. */
    guard_release(&app->guard);
    error = guard_load(&app->guard_paths, &app->guard, sentence);
    if (error < 0)
        return error;
    fd = listen_open(&app->listen);
    error = fd < 0 ? fd : web_new(&app->loop, &config, fd, &app->web);
    if (error == -EPROTO)
        snprintf(sentence->text, sizeof(sentence->text),
                 "'%s' and '%s' are no certificate and its key", app->guard_paths.certificate,
                 app->guard_paths.key);
    else if (error < 0)
        listen_explain(app->listen_text, error, sizeof(sentence->text), sentence->text);
    return error;
}

/*
 * A port that is taken is no reason to leave the units without probes, on which their start may
 * wait: we go on, say so, and try again until the port is free.
 */
static void try_to_listen(struct health_app *app, uint64_t now_us)
{
    struct guard_sentence sentence;

    if (open_port(app, &sentence) == 0) {
        app->listen_next_us = USEC_INFINITY;
        fprintf(stderr, "<6>Listening on %s://%s/\n", app->guard.certificate ? "https" : "http",
                app->listen_text);
        (void)sd_notifyf(0, "READY=1\nSTATUS=Listening on %s", app->listen_text);
        return;
    }
    app->listen_next_us = now_us + LISTEN_RETRY_US;
    if (now_us < app->listen_remind_us)
        return;
    app->listen_remind_us = now_us + LISTEN_REMIND_US;
    fprintf(stderr, "<3>No health port: %s. Probing goes on, retrying.\n", sentence.text);
    (void)sd_notifyf(0, "STATUS=No health port: %s", sentence.text);
}

static uint64_t next_deadline(struct health_app *app)
{
    uint64_t probe_us = prober_deadline(&app->prober);
    uint64_t web_us = app->web ? web_deadline(app->web) : app->listen_next_us;
    uint64_t next_us = probe_us < web_us ? probe_us : web_us;
    uint64_t logs_us = log_link_deadline(&app->logs);

    if (logs_us < next_us)
        next_us = logs_us;
    return app->alive_every_us > 0 && app->alive_us < next_us ? app->alive_us : next_us;
}

/* PID 1 wants to know only where it is below a watchdog itself. */
static void tell_alive(struct health_app *app, uint64_t now_us)
{
    if (app->alive_every_us == 0 || now_us < app->alive_us)
        return;
    app->alive_us = now_us + app->alive_every_us;
    (void)sd_notify(0, "WATCHDOG=1");
}

static int run(struct health_app *app)
{
    int error = 0;

    while (error == 0 && !app->loop.should_quit) {
        uint64_t now_us = clock_monotonic_us();

        if (!app->web && now_us >= app->listen_next_us)
            try_to_listen(app, now_us);
        if (app->web)
            web_tick(app->web, now_us);
        prober_tick(&app->prober, now_us);
        log_link_tick(&app->logs, now_us);
        link_flush(&app->link);
        tell_alive(app, now_us);
        error = loop_wait(&app->loop, next_deadline(app));
    }
    return error;
}

static int start(struct health_app *app)
{
    uint64_t watchdog_us = 0;
    int error = loop_init(&app->loop);

    log_link_init(&app->logs, &app->loop);
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        app->alive_every_us = watchdog_us / 2;
    if (error == 0)
        error = prober_init(&app->prober, &app->loop, &app->table);
    if (error == 0)
        error = link_init(&app->link, WIRE_FD, &app->prober, &app->logs);
    return error;
}

static void stop(struct health_app *app)
{
    app->web = web_free(app->web);
    guard_release(&app->guard);
    log_link_release(&app->logs);
    link_release(&app->link);
    prober_release(&app->prober);
    loop_release(&app->loop);
}

int main(int argc, char **argv)
{
    static struct health_app app;
    int status, error;

    /* A service of our user without a sandbox could take the wire, or read what we know. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    status = read_options(argc, argv, &app);
    if (status >= 0)
        return status;
    if (!is_wire(WIRE_FD)) {
        fputs("reeve-health: File descriptor 3 is not reeve's wire: reeve starts this program.\n",
              stderr);
        return EXIT_USAGE;
    }
    fill_standard_descriptors();
    set_signals();
    error = start(&app);
    if (error == 0)
        error = run(&app);
    if (error < 0)
        fprintf(stderr, "<3>Ending after a failure: %s\n", strerror(-error));
    status = error < 0 ? EXIT_FAILURE : app.loop.status;
    stop(&app);
    return status;
}
