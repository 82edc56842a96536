/*
 * kairos: drives the pod's Chromium. Reading order: worker.c (what happens when), job.c (what is
 * done), web.c (what is answered), board.h (what they share).
 *
 * This thread starts the two others, the worker and the HTTP server, and waits for SIGTERM or
 * SIGINT.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/common/http.h"
#include "services/common/service.h"
#include "services/kairos/board.h"
#include "services/kairos/options.h"
#include "services/kairos/web.h"
#include "services/kairos/worker.h"

/* All that lives as long as the program. */
struct kairos {
    struct options options;
    struct board board;
    struct loop *loop;
    struct worker worker;
    struct web web;
    struct http_server *server;
    int signals;
};

/* Called by the worker: one line for the log, the same as the unit's status. */
static void tell(void *context, const char *status, bool is_ready)
{
    (void)context;
    service_log(SERVICE_INFO, "kairos: %s", status);
    if (is_ready)
        service_ready(status);
    else
        service_status(status);
}

static int start_server(struct kairos *kairos)
{
    struct http_options options = { .address = kairos->options.bind,
                                    .port = (uint16_t)kairos->options.port,
                                    .server = "kairos/" REEVE_VERSION,
                                    .handler = web_handle,
                                    .context = &kairos->web };
    int error = http_server_start(&options, &kairos->server);
    char text[256];

    if (error < 0) {
        http_explain(&options, error, sizeof(text), text);
        service_log(SERVICE_ERROR, "kairos: %s", text);
    }
    return error;
}

static void init_worker(struct kairos *kairos)
{
    struct worker_setting setting = { .board = &kairos->board,
                                      .loop = kairos->loop,
                                      .devtools = { .host = kairos->options.devtools_host,
                                                    .port = kairos->options.devtools_port },
                                      .datahub = kairos->options.datahub,
                                      .interval_us = kairos->options.interval_us,
                                      .tell = tell };

    worker_init(&kairos->worker, &setting);
}

static int start_worker(struct kairos *kairos)
{
    int error = worker_start(&kairos->worker);

    if (error < 0)
        service_log(SERVICE_ERROR, "kairos: cannot start a thread: %s", strerror(-error));
    return error;
}

/* SIGHUP asks to reload; there is nothing to reload. */
static void await_stop(int signals)
{
    int number = 0;

    while (number != SIGTERM && number != SIGINT && number >= 0)
        number = service_signals_wait(signals, -1);
    service_stopping("stopping");
}

static int open_all(struct kairos *kairos)
{
    int error = board_init(&kairos->board, kairos->options.state);

    if (error < 0) {
        service_log(
            SERVICE_ERROR,
            "kairos: cannot keep runs in '%s': %s. Remedy: make it a directory that this user "
            "(uid %u) may write",
            kairos->options.state, strerror(-error), geteuid());
        return error;
    }
    error = loop_new(&kairos->loop);
    if (error < 0)
        service_log(SERVICE_ERROR, "kairos: cannot start libwebsockets: %s", strerror(-error));
    return error;
}

int main(int argc, char **argv)
{
    static struct kairos kairos;
    int code = options_parse(argc, argv, &kairos.options);

    if (code >= 0)
        return code;
    kairos.signals = service_signals_open();
    if (kairos.signals < 0 || open_all(&kairos) < 0)
        return EXIT_FAILURE;
    kairos.web = (struct web){ .board = &kairos.board, .worker = &kairos.worker };
    init_worker(&kairos);
    /* The port first: when it is taken, nothing has happened yet. */
    code = start_server(&kairos) == 0 && start_worker(&kairos) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    if (code == EXIT_SUCCESS) {
        await_stop(kairos.signals);
        worker_stop(&kairos.worker);
    }
    http_server_stop(kairos.server);
    loop_free(kairos.loop);
    board_release(&kairos.board);
    (void)close(kairos.signals);
    return code;
}
