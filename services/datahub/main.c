/*
 * DataHub: simulated market data in TradingView's UDF format, kept in Redis.
 *
 * Two threads. The first, here, plays the market once a second and waits for signals; the second,
 * in services/common/http.c, answers. They share `status` (status.h) and nothing else; each has its
 * own connection to Redis.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "services/common/http.h"
#include "services/common/service.h"
#include "services/datahub/market.h"
#include "services/datahub/options.h"
#include "services/datahub/status.h"
#include "services/datahub/store.h"
#include "services/datahub/web.h"

#define TEXT_MAX  256
#define RETRY_MS  500
#define MS_PER_S  1000
#define NS_PER_MS 1000000
#define SERVER    "datahub/" REEVE_VERSION

struct datahub {
    struct options options;
    struct connection_options redis;
    struct status status;
    struct market market;
    struct web web;
    struct http_server *server;
    bool is_ready;
};

static struct timespec clock_now(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return now;
}

static struct market_time time_now(void)
{
    struct timespec monotonic = clock_now(CLOCK_MONOTONIC);

    return (struct market_time){
        .wall_s = (int64_t)clock_now(CLOCK_REALTIME).tv_sec,
        .monotonic_ms = (int64_t)monotonic.tv_sec * MS_PER_S + monotonic.tv_nsec / NS_PER_MS,
    };
}

/* Prices belong to whole seconds; one millisecond more, since a timer may be early by a hair. */
static int ms_to_next_second(void)
{
    return (int)(MS_PER_S - clock_now(CLOCK_REALTIME).tv_nsec / NS_PER_MS) + 1;
}

static int wait_ms(enum market_outcome outcome)
{
    switch (outcome) {
    case MARKET_WAITING:
        return RETRY_MS;
    case MARKET_CATCHING_UP:
        return 0;
    case MARKET_TICKING:
        return ms_to_next_second();
    }
    return RETRY_MS;
}

static void tell_serving(struct datahub *datahub)
{
    char text[TEXT_MAX];

    (void)snprintf(text, sizeof(text), "Serving %zu simulated symbols on http://%s:%u/",
                   datahub->options.symbols.count, datahub->options.address,
                   (unsigned)datahub->options.port);
    if (datahub->is_ready)
        service_status(text);
    else
        service_ready(text);
    datahub->is_ready = true;
    service_log(SERVICE_INFO, "%s", text);
}

static void tell_waiting(const struct datahub *datahub)
{
    char text[2 * TEXT_MAX];

    (void)snprintf(text, sizeof(text), "Waiting for Redis at %s: %s", datahub->options.redis,
                   store_problem(datahub->market.store));
    service_status(text);
    service_log(SERVICE_WARNING, "%s", text);
}

static void tell_change(struct datahub *datahub, enum market_outcome outcome)
{
    switch (outcome) {
    case MARKET_WAITING:
        tell_waiting(datahub);
        break;
    case MARKET_CATCHING_UP:
        service_status("Playing the market up to now");
        break;
    case MARKET_TICKING:
        tell_serving(datahub);
        break;
    }
}

/* Returns the exit code. */
static int run(struct datahub *datahub, int signals)
{
    enum market_outcome outcome = MARKET_CATCHING_UP;
    int signal_number = 0;

    while (signal_number != SIGTERM && signal_number != SIGINT) {
        enum market_outcome before = outcome;

        outcome = market_advance(&datahub->market, time_now());
        if (outcome != before)
            tell_change(datahub, outcome);
        signal_number = service_signals_wait(signals, wait_ms(outcome));
        if (signal_number < 0) {
            service_log(SERVICE_ERROR, "cannot wait: %s", strerror(-signal_number));
            return EXIT_FAILURE;
        }
        if (signal_number == SIGHUP)
            service_log(SERVICE_NOTICE, "SIGHUP: there is nothing to reload; ignoring it");
    }
    service_stopping("Stopping");
    service_log(SERVICE_INFO, "stopping on %s", strsignal(signal_number));
    return EXIT_SUCCESS;
}

static int start_server(struct datahub *datahub)
{
    struct http_options options = { .address = datahub->options.address,
                                    .port = datahub->options.port,
                                    .server = SERVER,
                                    .handler = web_answer,
                                    .context = &datahub->web };
    int error = http_server_start(&options, &datahub->server);

    if (error < 0) {
        char text[TEXT_MAX];

        http_explain(&options, error, sizeof(text), text);
        service_log(SERVICE_ERROR, "datahub: %s", text);
    }
    return error;
}

static int set_up(struct datahub *datahub)
{
    const char *password = datahub->options.password;

    datahub->redis =
        (struct connection_options){ .place = datahub->options.redis_place,
                                     .password = password[0] != '\0' ? password : NULL };
    datahub->market = (struct market){ .store = store_new(&datahub->redis),
                                       .symbols = &datahub->options.symbols,
                                       .status = &datahub->status };
    datahub->web = (struct web){ .symbols = &datahub->options.symbols,
                                 .store = store_new(&datahub->redis),
                                 .status = &datahub->status,
                                 .redis = datahub->options.redis };
    if (datahub->market.store == NULL || datahub->web.store == NULL) {
        service_log(SERVICE_ERROR, "datahub: out of memory");
        return -1;
    }
    return start_server(datahub);
}

static void tear_down(struct datahub *datahub)
{
    http_server_stop(datahub->server);
    store_free(datahub->web.store);
    store_free(datahub->market.store);
}

int main(int argc, char **argv)
{
    struct datahub datahub = { .status = STATUS_EMPTY };
    int code = options_read(argc, argv, &datahub.options);

    if (code != 0)
        return code < 0 ? EXIT_SUCCESS : code;
    int signals = service_signals_open();

    if (signals < 0) {
        service_log(SERVICE_ERROR, "datahub: cannot wait for signals: %s", strerror(-signals));
        return EXIT_FAILURE;
    }
    code = set_up(&datahub) < 0 ? EXIT_FAILURE : run(&datahub, signals);
    tear_down(&datahub);
    return code;
}
