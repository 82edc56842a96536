#include "supervisor/ctl/health.h"

#include "supervisor/wire/fd.h"

#include <ctype.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { TOKEN_SIZE = 4096 + 2 }; /* reeve-health takes no longer ones */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Copies [from, end); false when it is empty or too long or would break the request apart. */
static bool copy_part(char *target, size_t size, const char *from, const char *end)
{
    size_t length = (size_t)(end - from);

    if (length == 0 || length >= size)
        return false;
    for (const char *at = from; at < end; at++)
        if (iscntrl((unsigned char)*at) || *at == ' ')
            return false;
    memcpy(target, from, length);
    target[length] = '\0';
    return true;
}

int health_parse_url(const char *url, struct health_url *ret_url)
{
    static const char scheme[] = "http://";
    struct health_url parsed = { .port = "80", .path = "/" };
    const char *host = url + strlen(scheme), *end, *path;

    if (strncmp(url, scheme, strlen(scheme)) != 0)
        return -EINVAL;
    path = host + strcspn(host, "/?");
    if (*host == '[') {
        end = memchr(host, ']', (size_t)(path - host));
        if (!end || !copy_part(parsed.host, sizeof(parsed.host), host + 1, end))
            return -EINVAL;
        end++;
    } else {
        end = memchr(host, ':', (size_t)(path - host));
        end = end ? end : path;
        if (!copy_part(parsed.host, sizeof(parsed.host), host, end))
            return -EINVAL;
    }
    if (end < path && (*end != ':' || !copy_part(parsed.port, sizeof(parsed.port), end + 1, path)))
        return -EINVAL;
    if (*path == '/' && !copy_part(parsed.path, sizeof(parsed.path), path, path + strlen(path)))
        return -EINVAL;
    *ret_url = parsed;
    return *path == '?' ? -EINVAL : 0;
}

/* The word after the first "status": of the document, which is the pod's. */
static bool find_status(const char *body, char text[HEALTH_TEXT_SIZE])
{
    const char *at = strstr(body, "\"status\"");
    size_t length;

    if (!at)
        return false;
    at += strlen("\"status\"");
    at += strspn(at, " \t\r\n");
    if (*at++ != ':')
        return false;
    at += strspn(at, " \t\r\n");
    if (*at++ != '"')
        return false;
    length = strspn(at, "abcdefghijklmnopqrstuvwxyz-_");
    if (length == 0 || length >= HEALTH_TEXT_SIZE || at[length] != '"')
        return false;
    memcpy(text, at, length);
    text[length] = '\0';
    return true;
}

/* "HTTP/1.x NNN": the number, and where it ends; 0 when it is not that. */
static int parse_code(const char *answer, const char **ret_end)
{
    static const char version[] = "HTTP/1.";
    char *end;
    unsigned long code;

    if (strncmp(answer, version, strlen(version)) != 0)
        return 0;
    answer += strlen(version);
    if (!isdigit((unsigned char)answer[0]) || answer[1] != ' ' ||
        !isdigit((unsigned char)answer[2]))
        return 0;
    code = strtoul(answer + 2, &end, 10);
    if (end != answer + 5 || code < 100)
        return 0;
    *ret_end = end;
    return (int)code;
}

int health_parse_answer(const char *answer, char text[HEALTH_TEXT_SIZE])
{
    const char *body = strstr(answer, "\r\n\r\n");
    const char *end = answer;
    int code = parse_code(answer, &end);
    size_t length;

    if (code == 0)
        return -EBADMSG;
    if (body && find_status(body, text))
        return code;
    answer = end;
    answer += strspn(answer, " ");
    length = strcspn(answer, "\r\n");
    snprintf(text, HEALTH_TEXT_SIZE, "%.*s", (int)(length < 80 ? length : 80), answer);
    for (char *at = text; *at; at++)
        if (!isprint((unsigned char)*at))
            *at = '?';
    return code;
}

static int wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd wait = { .fd = fd, .events = events };
    int64_t left = deadline - now_ms();
    int count = poll(&wait, 1, left > 0 ? (int)left : 0);

    return count > 0 ? 0 : count == 0 ? -ETIMEDOUT : -errno;
}

static int connect_one(const struct addrinfo *address, int64_t deadline)
{
    cleanup_fd int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = 0;
    socklen_t size = sizeof(error);

    if (fd < 0)
        return -errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
        if (errno != EINPROGRESS)
            return -errno;
        error = wait_for(fd, POLLOUT, deadline);
        if (error < 0)
            return error;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
            return -errno;
        if (error != 0)
            return -error;
    }
    return take_fd(&fd);
}

/* A connected descriptor or a negative errno. */
static int connect_to(const struct health_url *url, int64_t deadline)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *list;
    int fd = -EHOSTUNREACH;

    if (getaddrinfo(url->host, url->port, &hints, &list) != 0)
        return -EHOSTUNREACH;
    for (const struct addrinfo *address = list; address && fd < 0; address = address->ai_next)
        fd = connect_one(address, deadline);
    freeaddrinfo(list);
    return fd;
}

/* Reads until the other end closes; as much as fits is enough. */
static int read_answer(int fd, char *answer, int64_t deadline)
{
    size_t used = 0;

    while (used < HEALTH_ANSWER_SIZE - 1) {
        int error = wait_for(fd, POLLIN, deadline);
        ssize_t length = error < 0 ? 0 : read(fd, answer + used, HEALTH_ANSWER_SIZE - 1 - used);

        if (error < 0)
            return error;
        if (length < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (length == 0)
            break;
        used += length > 0 ? (size_t)length : 0;
    }
    answer[used] = '\0';
    return 0;
}

/* The header field for the token that the port wants, where we are told of one; or "". */
static void token_field(size_t size, char *ret_field)
{
    const char *path = getenv("REEVE_HEALTH_TOKEN_FILE");
    char token[TOKEN_SIZE] = "";
    FILE *file = path && *path ? fopen(path, "re") : NULL;

    *ret_field = '\0';
    if (!file)
        return; /* then the port's own answer says what is missing */
    if (fgets(token, sizeof(token), file)) {
        token[strcspn(token, " \t\r\n")] = '\0';
        snprintf(ret_field, size, "Authorization: Bearer %s\r\n", token);
    }
    (void)fclose(file);
    explicit_bzero(token, sizeof(token));
}

static int ask(const struct health_url *url, char *answer, int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;
    cleanup_fd int fd = connect_to(url, deadline);
    char request[1024 + 2 * TOKEN_SIZE], token[64 + TOKEN_SIZE];
    int length;

    if (fd < 0)
        return fd;
    token_field(sizeof(token), token);
    length = snprintf(request, sizeof(request),
                      "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: reevectl/" REEVE_VERSION
                      "\r\nAccept: application/json\r\n%sConnection: close\r\n\r\n",
                      url->path, url->host, token);
    /* A request of this size always fits into the buffer of a fresh connection. */
    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        return -EIO;
    return read_answer(fd, answer, deadline);
}

int health_run(const char *url, int timeout_ms)
{
    static char answer[HEALTH_ANSWER_SIZE];
    struct health_url parsed;
    char text[HEALTH_TEXT_SIZE];
    int result;

    if (health_parse_url(url, &parsed) < 0) {
        fprintf(stderr, "reevectl: '%s' is not a URL like http://HOST:PORT/PATH.\n", url);
        return EXIT_FAILURE;
    }
    result = ask(&parsed, answer, timeout_ms);
    if (result == 0)
        result = health_parse_answer(answer, text);
    if (result < 0)
        printf("unreachable: %s: %s\n", url,
               result == -EBADMSG ? "the answer is not HTTP" : strerror(-result));
    else
        printf("%s (HTTP %d)\n", text, result);
    return result == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}
