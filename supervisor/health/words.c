#include "supervisor/health/address.h"

#include <errno.h>
#include <string.h>

struct splitter {
    const char *at;
    char **words;
    size_t count;
    char *out; /* the word under construction, in a buffer as long as the line */
    size_t length;
};

void words_free(char **words)
{
    if (!words)
        return;
    for (char **word = words; *word; word++)
        free(*word);
    free(words);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : 99;
}

/* \xHH and \OOO; the byte 0 cannot be part of a word. */
static int numeric_escape(struct splitter *splitter, int base, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        int digit = digit_value(*splitter->at);

        if (digit >= base)
            return -EINVAL;
        value = value * base + digit;
        splitter->at++;
    }
    if (value == 0 || value > 255)
        return -EINVAL;
    splitter->out[splitter->length++] = (char)value;
    return 0;
}

/* Behind the backslash. */
static int take_escape(struct splitter *splitter)
{
    static const char letters[] = "abfnrtvs\"'\\ ", bytes[] = "\a\b\f\n\r\t\v \"'\\ ";
    const char *found;

    if (*splitter->at == 'x') {
        splitter->at++;
        return numeric_escape(splitter, 16, 2);
    }
    if (*splitter->at >= '0' && *splitter->at <= '7')
        return numeric_escape(splitter, 8, 3);
    found = *splitter->at ? strchr(letters, *splitter->at) : NULL;
    if (!found)
        return -EINVAL;
    splitter->out[splitter->length++] = bytes[found - letters];
    splitter->at++;
    return 0;
}

static int take_word(struct splitter *splitter)
{
    char quote = '\0';
    int error;

    splitter->length = 0;
    while (*splitter->at && (quote || !is_space(*splitter->at))) {
        char byte = *splitter->at++;

        if (byte == '\\') {
            error = take_escape(splitter);
            if (error < 0)
                return error;
        } else if (quote ? byte == quote : byte == '"' || byte == '\'') {
            quote = quote ? '\0' : byte;
        } else {
            splitter->out[splitter->length++] = byte;
        }
    }
    if (quote)
        return -EINVAL;
    splitter->words[splitter->count] = strndup(splitter->out, splitter->length);
    if (!splitter->words[splitter->count])
        return -ENOMEM;
    splitter->count++;
    return 0;
}

int words_split(const char *line, char ***ret_words)
{
    size_t size = strlen(line);
    cleanup_free char *out = malloc(size + 1);
    /* A word needs a byte and a space at least. */
    struct splitter splitter = { .at = line, .out = out };
    int error = 0;

    splitter.words = calloc(size / 2 + 2, sizeof(*splitter.words));
    if (!out || !splitter.words)
        error = -ENOMEM;
    while (error == 0) {
        while (is_space(*splitter.at))
            splitter.at++;
        if (!*splitter.at)
            break;
        error = take_word(&splitter);
    }
    if (error == 0 && splitter.count == 0)
        error = -EINVAL;
    if (error < 0) {
        words_free(splitter.words);
        return error;
    }
    *ret_words = splitter.words;
    return 0;
}
