#include "supervisor/files/release.h"

#include "supervisor/unit/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first word of the text, without its quotes. */
static char *unquote(const char *text)
{
    struct words words;
    char *value = NULL;
    int result;

    words_init(&words, text, 0, WORDS_QUOTES);
    result = words_next(&words);
    if (result != -ENOMEM)
        value = strdup(result > 0 ? words.word : "");
    words_release(&words);
    return value;
}

char *release_value(const char *path, const char *key)
{
    FILE *file = fopen(path, "re");
    char *value = strdup(""), *line = NULL;
    size_t size = 0, length = strlen(key);

    while (file && value && getline(&line, &size, file) > 0)
        if (strncmp(line, key, length) == 0 && line[length] == '=') {
            free(value);
            value = unquote(line + length + 1);
        }
    free(line);
    if (file)
        fclose(file);
    return value;
}
