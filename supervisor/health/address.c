#include "supervisor/health/address.h"

#include "supervisor/health/percent.h"
#include "supervisor/unit/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PORT_MAX = 65535, DISPLAY_MAX = 59535, HOST_MAX = 256 };

/* The parser's whole state: what is being filled in, and where a complaint goes. */
struct reader {
    struct probe_address *address;
    const char *command;
    char *error;
    size_t error_size;
};

PRINTF_LIKE(2, 3)
static int complain(struct reader *reader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reader->error, reader->error_size, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int out_of_memory(struct reader *reader)
{
    (void)complain(reader, "out of memory");
    return -ENOMEM;
}

/* -1: not a number from `low` to `high`. */
static long read_number(const char *text, long low, long high)
{
    char *end;
    long number;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    number = strtol(text, &end, 10);
    return errno || *end || number < low || number > high ? -1 : number;
}

static int set_address(struct reader *reader, const char *host, uint16_t port)
{
    struct probe_address *address = reader->address;
    const char *digits = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;

    memset(&address->socket, 0, sizeof(address->socket));
    if (inet_pton(AF_INET, digits, &address->socket.v4.sin_addr) == 1) {
        address->socket.v4.sin_family = AF_INET;
        address->socket.v4.sin_port = htons(port);
        address->socket_length = sizeof(address->socket.v4);
        return 0;
    }
    if (inet_pton(AF_INET6, digits, &address->socket.v6.sin6_addr) == 1) {
        address->socket.v6.sin6_family = AF_INET6;
        address->socket.v6.sin6_port = htons(port);
        address->socket_length = sizeof(address->socket.v6);
        return 0;
    }
    return complain(
        reader, "'%s' in '%s' is not an address in digits nor localhost (names are not looked up)",
        host, reader->command);
}

/* HOST[:PORT] or [IPV6][:PORT]; `length` bytes at `text`. A port of 0 in `standard` means: has to
 * be given. */
static int read_authority(struct reader *reader, const char *text, size_t length, uint16_t standard)
{
    char place[HOST_MAX], *host = place, *rest;
    long port = standard;

    if (length == 0 || length >= sizeof(place))
        return complain(reader, "no host in '%s'", reader->command);
    memcpy(place, text, length);
    place[length] = '\0';
    reader->address->host = strdup(place);
    if (!reader->address->host)
        return out_of_memory(reader);
    if (place[0] == '[') {
        host++;
        rest = strchr(place, ']');
        if (!rest)
            return complain(reader, "no closing bracket in '%s'", reader->command);
        *rest++ = '\0';
        if (*rest && *rest != ':')
            return complain(reader, "'%s' behind the address in '%s'", rest, reader->command);
    } else {
        rest = strchr(place, ':');
    }
    if (rest && *rest) {
        *rest++ = '\0';
        port = read_number(rest, 1, PORT_MAX);
    }
    if (port <= 0)
        return complain(reader, "no valid port in '%s'", reader->command);
    return set_address(reader, host, (uint16_t)port);
}

/* Anything that would break out of the request line or of a header. */
static bool has_forbidden_byte(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text == 0x7f)
            return true;
    return false;
}

static int read_http(struct reader *reader, const char *rest, uint16_t standard)
{
    size_t length = strcspn(rest, "/?#");
    const char *path = rest + length;
    size_t path_length = strcspn(path, "#");

    if (memchr(rest, '@', length))
        return complain(reader, "a user name in '%s' cannot be used", reader->command);
    if (asprintf(&reader->address->path, "%s%.*s", *path == '/' ? "" : "/", (int)path_length,
                 path) < 0) {
        reader->address->path = NULL;
        return out_of_memory(reader);
    }
    return read_authority(reader, rest, length, standard);
}

static int read_cdp(struct reader *reader, const char *rest)
{
    size_t length = strcspn(rest, "/");

    if (rest[length] && strcmp(rest + length, "/") != 0)
        return complain(reader, "a cdp:// probe takes no path: '%s'", reader->command);
    reader->address->path = strdup("/json/version");
    if (!reader->address->path)
        return out_of_memory(reader);
    return read_authority(reader, rest, length, 9222);
}

/* Secrets never go into a message: complaints about this part do not quote the command. */
static int read_credentials(struct reader *reader, const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length);
    size_t user_length = colon ? (size_t)(colon - text) : 0;
    int error = 0;

    if (!colon)
        return complain(reader, "redis:// takes USER:PASSWORD@ or :PASSWORD@ in front of the host");
    if (user_length > 0)
        error = percent_decode(text, user_length, &reader->address->user);
    if (error == 0)
        error = percent_decode(colon + 1, length - user_length - 1, &reader->address->password);
    if (error == -ENOMEM)
        return out_of_memory(reader);
    return error < 0 ? complain(reader, "%%XX is malformed in the user or the password of redis://")
                     : 0;
}

static const char option[] = "?password-file=";

const char *redis_host(const char *rest)
{
    size_t length = strcspn(rest, " \t");
    const char *file = memmem(rest, length, option, sizeof(option) - 1);
    const char *at = memrchr(rest, '@', file ? (size_t)(file - rest) : length);

    return at ? at + 1 : rest;
}

static int read_redis(struct reader *reader, const char *rest)
{
    const char *host = redis_host(rest);
    struct reader quiet = *reader;
    size_t length;

    if (host > rest) {
        int error = read_credentials(reader, rest, (size_t)(host - rest) - 1);

        if (error < 0)
            return error;
        rest = host;
        quiet.command = "redis://…"; /* has a secret in it */
    }
    length = strcspn(rest, "/?");
    const char *tail = rest + length + (rest[length] == '/');

    if (strncmp(tail, option, sizeof(option) - 1) == 0) {
        if (tail[sizeof(option) - 1] != '/')
            return complain(reader, "password-file= takes an absolute path");
        reader->address->password_file = strdup(tail + sizeof(option) - 1);
        if (!reader->address->password_file)
            return out_of_memory(reader);
    } else if (*tail) {
        return complain(reader,
                        "'%s' behind the address of redis:// is unknown; there is "
                        "?password-file=/PATH",
                        tail);
    }
    return read_authority(&quiet, rest, length, 6379);
}

static int set_path(struct reader *reader, const char *path)
{
    struct probe_address *address = reader->address;
    size_t length = strlen(path);
    bool is_abstract = path[0] == '@';

    if (length < 2 || (path[0] != '/' && !is_abstract))
        return complain(reader, "'%s' takes an absolute path", reader->command);
    if (length >= sizeof(address->socket.local.sun_path))
        return complain(reader, "the path in '%s' is too long for a socket", reader->command);
    address->socket.local.sun_family = AF_UNIX;
    memcpy(address->socket.local.sun_path, path, length + 1);
    if (is_abstract)
        address->socket.local.sun_path[0] = '\0';
    /* The length of an abstract name counts, its end is not marked (unix(7)). */
    address->socket_length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !is_abstract);
    return 0;
}

static int read_x11(struct reader *reader, const char *rest)
{
    char path[64], number[16];
    size_t length;

    if (*rest != ':')
        return set_path(reader, rest);
    length = strcspn(rest + 1, ".");
    if (length == 0 || length >= sizeof(number))
        return complain(reader, "no display number in '%s'", reader->command);
    memcpy(number, rest + 1, length);
    number[length] = '\0';
    if (read_number(number, 0, DISPLAY_MAX) < 0)
        return complain(reader, "'%s' is not a display number in '%s'", number, reader->command);
    (void)snprintf(path, sizeof(path), "/tmp/.X11-unix/X%s", number);
    return set_path(reader, path);
}

static void words_free(char **words)
{
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}

/* Appends a copy of the word; the list ends in NULL. */
static int add_word(char ***words, size_t count, const char *word)
{
    char **longer = reallocarray(*words, count + 2, sizeof(*longer));

    if (!longer)
        return -ENOMEM;
    *words = longer;
    longer[count] = strdup(word);
    longer[count + 1] = NULL;
    return longer[count] ? 0 : -ENOMEM;
}

/* Words and quotes as in Exec…= lines. */
static int split_command(struct reader *reader)
{
    struct words words;
    size_t count = 0;
    int result;

    words_init(&words, reader->command, 0, WORDS_QUOTES | WORDS_C_ESCAPES);
    while ((result = words_next(&words)) > 0) {
        result = add_word(&reader->address->words, count, words.word);
        if (result < 0)
            break;
        count++;
    }
    if (result == -EINVAL)
        (void)complain(reader, "%s in '%s'", words.complaint, reader->command);
    else if (result == -ENOMEM)
        (void)out_of_memory(reader);
    else if (count == 0)
        result = complain(reader, "there is no command in '%s'", reader->command);
    words_release(&words);
    return result;
}

static int read_command(struct reader *reader)
{
    size_t scheme = strspn(reader->command, "abcdefghijklmnopqrstuvwxyz0123456789+.-");

    if (strncmp(reader->command + scheme, "://", 3) == 0)
        return complain(reader,
                        "'%.*s://' is not a kind of probe; there are http, https, redis, tcp, "
                        "unix:, x11:, cdp, notify:",
                        (int)scheme, reader->command);
    return split_command(reader);
}

static int read_notify(struct reader *reader, const char *pattern)
{
    if (*pattern == '\0' || strcmp(pattern, "!") == 0)
        return complain(reader, "notify: takes a pattern for the service's STATUS=");
    reader->address->pattern = strdup(pattern);
    return reader->address->pattern ? 0 : out_of_memory(reader);
}

/* `rest` is what stands behind the scheme, up to the first space. */
static int read_by_kind(struct reader *reader, const char *rest)
{
    switch (reader->address->kind) {
    case PROBE_COMMAND:
        return read_command(reader);
    case PROBE_HTTP:
        return read_http(reader, rest, 80);
    case PROBE_HTTPS:
        return read_http(reader, rest, 443);
    case PROBE_REDIS:
        return read_redis(reader, rest);
    case PROBE_TCP:
        return read_authority(reader, rest, strlen(rest), 0);
    case PROBE_UNIX:
        return set_path(reader, rest);
    case PROBE_X11:
        return read_x11(reader, rest);
    case PROBE_CDP:
        return read_cdp(reader, rest);
    case PROBE_NOTIFY:
        return read_notify(reader, rest);
    }
    return -EINVAL;
}

/* The words behind the address. */
static int read_expectations(struct reader *reader, const char *text)
{
    enum probe_kind kind = reader->address->kind;
    bool is_http = kind == PROBE_HTTP || kind == PROBE_HTTPS;

    if (text[strspn(text, " \t")] == '\0')
        return 0;
    if (!is_http && kind != PROBE_REDIS)
        return complain(reader, "nothing can be asked of the answer to '%s'", reader->command);
    return expectations_parse(&reader->address->expectations, text, is_http,
                              &(struct expect_error){ reader->error, reader->error_size });
}

static int read_address(struct reader *reader, const char *rest)
{
    size_t length = strcspn(rest, " \t");
    cleanup_free char *address = strndup(rest, length);
    int result;

    if (!address)
        return out_of_memory(reader);
    if (has_forbidden_byte(address))
        return complain(reader, "a control character in the address of a probe");
    result = read_by_kind(reader, address);
    return result < 0 ? result : read_expectations(reader, rest + length);
}

int probe_address_parse(const char *command, struct probe_address *ret_address, char *error,
                        size_t error_size)
{
    static const char *const schemes[] = {
        [PROBE_HTTP] = "http://", [PROBE_HTTPS] = "https://", [PROBE_REDIS] = "redis://",
        [PROBE_TCP] = "tcp://",   [PROBE_UNIX] = "unix:",     [PROBE_X11] = "x11:",
        [PROBE_CDP] = "cdp://",   [PROBE_NOTIFY] = "notify:",
    };
    struct probe_address address = { .kind = PROBE_COMMAND };
    struct reader reader = { &address, command, error, error_size };
    const char *rest = command;
    int result;

    for (size_t i = PROBE_HTTP; i < ARRAY_SIZE(schemes); i++)
        if (strncmp(command, schemes[i], strlen(schemes[i])) == 0) {
            address.kind = (enum probe_kind)i;
            rest = command + strlen(schemes[i]);
        }
    /* A status of the service has spaces, and so may the pattern. */
    if (address.kind == PROBE_COMMAND || address.kind == PROBE_NOTIFY)
        result = read_by_kind(&reader, rest);
    else
        result = read_address(&reader, rest);
    if (result < 0)
        probe_address_release(&address);
    else
        *ret_address = address;
    return result;
}

void probe_address_release(struct probe_address *address)
{
    free(address->host);
    free(address->path);
    free(address->user);
    if (address->password) /* not left behind in freed memory */
        explicit_bzero(address->password, strlen(address->password));
    free(address->password);
    free(address->password_file);
    free(address->pattern);
    expectations_free(address->expectations);
    words_free(address->words);
    *address = (struct probe_address){ 0 };
}
