#include "supervisor/health/guard.h"

#include "supervisor/wire/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* 0 with a text to be freed, or a negative errno. */
static int read_file(const char *path, char **ret_text)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    cleanup_free char *text = NULL;
    size_t length = 0;
    ssize_t part = 1;

    if (fd < 0)
        return -errno;
    text = malloc(GUARD_FILE_MAX + 1);
    if (!text)
        return -ENOMEM;
    while (part > 0 && length <= GUARD_FILE_MAX) {
        part = read(fd, text + length, GUARD_FILE_MAX + 1 - length);
        if (part < 0)
            return -errno;
        length += (size_t)part;
    }
    if (length > GUARD_FILE_MAX)
        return -EFBIG;
    text[length] = '\0';
    *ret_text = take_pointer(&text);
    return 0;
}

/* Without the newline at its end; only what a header field can carry. */
static int trim_token(char *token)
{
    size_t length = strlen(token);

    while (length > 0 && strchr(" \t\r\n", token[length - 1]))
        token[--length] = '\0';
    if (length == 0 || length > GUARD_TOKEN_MAX)
        return -EINVAL;
    for (size_t i = 0; i < length; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return -EINVAL;
    return 0;
}

void guard_release(struct guard *guard)
{
    char *const secrets[] = { guard->token, guard->key };

    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
        if (secrets[i])
            explicit_bzero(secrets[i], strlen(secrets[i]));
    free(guard->token);
    free(guard->key);
    free(guard->certificate);
    *guard = (struct guard){ 0 };
}

static int load(const char *path, const char *what, char **text, struct guard_sentence *sentence)
{
    int error = path ? read_file(path, text) : 0;

    if (error < 0)
        snprintf(sentence->text, sizeof(sentence->text), "cannot read the %s '%s': %s", what, path,
                 strerror(-error));
    return error;
}

int guard_load(const struct guard_paths *paths, struct guard *ret_guard,
               struct guard_sentence *sentence)
{
    struct guard guard = { 0 };
    int error = load(paths->token, "token", &guard.token, sentence);

    if (error == 0 && guard.token) {
        error = trim_token(guard.token);
        if (error < 0)
            snprintf(sentence->text, sizeof(sentence->text),
                     "the token in '%s' is not one line of visible ASCII characters", paths->token);
    }
    if (error == 0)
        error = load(paths->certificate, "certificate", &guard.certificate, sentence);
    if (error == 0)
        error = load(paths->key, "key", &guard.key, sentence);
    if (error < 0)
        guard_release(&guard);
    else
        *ret_guard = guard;
    return error;
}
