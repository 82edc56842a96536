#include "supervisor/files/image.h"

#include <errno.h>
#include <string.h>

/* What variables of a command line become: systemd.service(5), COMMAND LINES, and where that is
 * silent what systemd 257 does. */

static const char white_space[] = " \t\n\r";

static int add_word(struct image *image, char *word)
{
    if (!word || image->argc + 1 >= ARRAY_SIZE(image->argv))
        return -E2BIG;
    image->argv[image->argc++] = word;
    image->argv[image->argc] = NULL;
    return 0;
}

/* Whether there was room for the bytes, and for the NUL that ends the word. */
static bool put(struct image *image, const char *bytes, size_t size)
{
    if (sizeof(image->bytes) - image->used <= size)
        return false;
    memcpy(image->bytes + image->used, bytes, size);
    image->used += size;
    return true;
}

static int end_word(struct image *image, char *start)
{
    image->bytes[image->used++] = '\0';
    return add_word(image, start);
}

/* Quotes keep blanks together, and a backslash takes the next character for what it is; what does
 * not end, ends with the value. */
static int add_word_of(struct image *image, const char **value)
{
    char *start = image->bytes + image->used, quote = '\0';
    const char *at = *value;
    bool fits = put(image, "", 0);

    for (; fits && *at && (quote || !strchr(white_space, *at)); at++) {
        if (*at == '\\') {
            if (*++at == '\0')
                break;
            fits = put(image, at, 1);
        } else if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = (char)(quote ? '\0' : *at);
        } else {
            fits = put(image, at, 1);
        }
    }
    *value = at;
    return fits ? end_word(image, start) : -E2BIG;
}

/* A word that is just $NAME becomes as many words as its value has. */
static int add_split(struct image *image, const char *value)
{
    int error = 0;

    while (error == 0 && *(value += strspn(value, white_space)))
        error = add_word_of(image, &value);
    return error;
}

/* At "${": whatever stands before "}" is the name. A ":" makes it none, so that ${A:-x} stays. */
static bool put_variable(struct image *image, const char **at)
{
    const char *start = *at, *name = start + 2;
    size_t length = strcspn(name, ":}");
    const char *value = image_value(image, name, length);

    *at = name + length;
    if (**at != '}')
        return put(image, start, (size_t)(*at - start));
    (*at)++;
    return put(image, value, strlen(value));
}

/* Replaces each ${NAME} inside the word; "$$" stands for one "$". */
static int add_expanded(struct image *image, const char *word)
{
    char *start = image->bytes + image->used;
    bool fits = put(image, "", 0);

    while (fits && *word) {
        if (word[0] == '$' && word[1] == '{') {
            fits = put_variable(image, &word);
            continue;
        }
        fits = put(image, word, 1);
        word += word[0] == '$' && word[1] == '$' ? 2 : 1;
    }
    return fits ? end_word(image, start) : -E2BIG;
}

static int add_argument(struct image *image, const struct exec_command *command, char *word)
{
    if ((command->flags & EXEC_NO_EXPANSION) || !strchr(word, '$'))
        return add_word(image, word);
    /* All of the word is the name then, whatever it is: "$1" and "$A.b" are not set. */
    if (word[0] == '$' && word[1] != '{' && word[1] != '$')
        return add_split(image, image_value(image, word + 1, strlen(word + 1)));
    return add_expanded(image, word);
}

int image_add_command(struct image *image, const struct exec_command *command)
{
    int error = 0;

    for (string_list at = command->argv; at && *at && error == 0; at++)
        error = image->argc == 0 ? add_word(image, *at) : add_argument(image, command, *at);
    return error;
}
