#include "services/datahub/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE    2
#define DEFAULT_REDIS "127.0.0.1:6379"
#define DEFAULT_PORT  8080

static const char help_text[] =
    "usage: datahub [OPTION]...\n"
    "Serves simulated market data in TradingView's UDF format, and a page that draws it.\n"
    "\n"
    "  --port PORT         HTTP port (8080; DATAHUB_PORT)\n"
    "  --bind ADDRESS      HTTP address (127.0.0.1; DATAHUB_BIND)\n"
    "  --redis HOST:PORT   where candles are kept (127.0.0.1:6379; DATAHUB_REDIS), or\n"
    "                      redis-sentinel://HOST:PORT,HOST:PORT...#NAME: the Sentinels who know\n"
    "  --symbols A,B,...   which symbols (all: BTCUSD,ETHUSD,EURUSD,XAUUSD,ACME; DATAHUB_SYMBOLS)\n"
    "  --help, --version\n"
    "\n"
    "Environment: the names in brackets, which options override; REDIS_PASSWORD, or\n"
    "REDIS_PASSWORD_FILE with the name of a file that holds it.\n"
    "Addresses: / /health /quotes?symbols= /udf/config /udf/symbols?symbol= /udf/search?query=\n"
    "/udf/history?symbol=&resolution=&from=&to=&countback= /udf/time\n";

static int wrong(const char *what, const char *text, const char *wanted)
{
    (void)fprintf(stderr, "datahub: %s '%s' is not %s\n", what, text, wanted);
    return EXIT_USAGE;
}

static int set_port(const char *text, struct options *options)
{
    if (place_parse_port(text, &options->port) == 0)
        return 0;
    return wrong("port", text, "a number from 1 to 65535");
}

static int set_bind(const char *text, struct options *options)
{
    options->address = text;
    return 0;
}

static int set_redis(const char *text, struct options *options)
{
    options->redis = text;
    if (place_parse(text, &options->redis_place) == 0)
        return 0;
    return wrong("--redis", text, "HOST:PORT or redis-sentinel://HOST:PORT,...#NAME");
}

static int set_symbols(const char *text, struct options *options)
{
    char name[64];

    if (symbol_list_parse(text, &options->symbols, sizeof(name), name) == 0)
        return 0;
    return wrong("symbol", name, "one of BTCUSD, ETHUSD, EURUSD, XAUUSD, ACME, each at most once");
}

static const struct {
    const char *option, *variable;
    int (*set)(const char *text, struct options *options);
} settings[] = {
    { "port", "DATAHUB_PORT", set_port },
    { "bind", "DATAHUB_BIND", set_bind },
    { "redis", "DATAHUB_REDIS", set_redis },
    { "symbols", "DATAHUB_SYMBOLS", set_symbols },
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

enum { SHOW_HELP = 1000, SHOW_VERSION };

/* The values of getopt_long() are the settings' indices. */
static const struct option long_options[] = {
    { "port", required_argument, NULL, 0 },
    { "bind", required_argument, NULL, 1 },
    { "redis", required_argument, NULL, 2 },
    { "symbols", required_argument, NULL, 3 },
    { "help", no_argument, NULL, SHOW_HELP },
    { "version", no_argument, NULL, SHOW_VERSION },
    { NULL, 0, NULL, 0 },
};

static int read_environment(struct options *options)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < SETTING_COUNT; i++) {
        const char *text = getenv(settings[i].variable);

        if (text != NULL && text[0] != '\0')
            code = settings[i].set(text, options);
    }
    return code;
}

static int read_arguments(int argc, char **argv, struct options *options)
{
    int choice, code = 0;

    while (code == 0 && (choice = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (choice == SHOW_HELP) {
            (void)fputs(help_text, stdout);
            return -1;
        }
        if (choice == SHOW_VERSION) {
            (void)puts("datahub " REEVE_VERSION);
            return -1;
        }
        code = choice == '?' ? EXIT_USAGE : settings[choice].set(optarg, options);
    }
    if (code == 0 && optind < argc)
        return wrong("argument", argv[optind], "known; see --help");
    return code;
}

/* The file's first line; secrets often end with a line end that is not theirs. */
static int read_password_file(const char *path, struct options *options)
{
    FILE *file = fopen(path, "re");

    if (file == NULL || fgets(options->password, sizeof(options->password), file) == NULL) {
        (void)fprintf(stderr, "datahub: REDIS_PASSWORD_FILE '%s': %s\n", path,
                      file == NULL ? strerror(errno) : "the file is empty");
        if (file != NULL)
            (void)fclose(file);
        return EXIT_FAILURE;
    }
    options->password[strcspn(options->password, "\r\n")] = '\0';
    (void)fclose(file);
    return 0;
}

static int read_password(struct options *options)
{
    const char *password = getenv("REDIS_PASSWORD");
    const char *path = getenv("REDIS_PASSWORD_FILE");

    if (password != NULL && password[0] != '\0') {
        (void)snprintf(options->password, sizeof(options->password), "%s", password);
        return 0;
    }
    return path != NULL && path[0] != '\0' ? read_password_file(path, options) : 0;
}

int options_read(int argc, char **argv, struct options *ret_options)
{
    struct options options = { .address = "127.0.0.1", .port = DEFAULT_PORT };
    int code;

    symbol_list_all(&options.symbols);
    code = set_redis(DEFAULT_REDIS, &options);
    if (code == 0)
        code = read_environment(&options);
    if (code == 0)
        code = read_arguments(argc, argv, &options);
    if (code == 0)
        code = read_password(&options);
    if (code == 0)
        *ret_options = options;
    return code;
}
