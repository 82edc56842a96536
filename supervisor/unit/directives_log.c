#include "supervisor/unit/directives.h"
#include "supervisor/unit/log_spec.h"
#include "supervisor/unit/paths.h"
#include "supervisor/unit/value.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

/* Directives about standard input and output and about log lines, into struct log_spec. */

int log_spec_need(struct reading *reading)
{
    struct log_spec *log = reading->spec->exec.log;

    if (log)
        return 0;
    log = arena_get(reading->arena, sizeof(*log));
    if (!log)
        return -ENOMEM;
    *log = log_spec_default;
    reading->spec->exec.log = log;
    return 0;
}

/* --- where from, where to --- */

/* What stands behind the prefix; NULL: the value begins otherwise. */
static const char *behind(const struct reading *reading, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(reading->value, prefix, length) == 0 ? reading->value + length : NULL;
}

/* *ret_path is NULL after a mistake (reported). 0 or -ENOMEM. */
static int read_path(struct reading *reading, const char *prefix, const char **ret_path)
{
    char *text;
    int error = reading_expand_value(reading, &text);

    *ret_path = NULL;
    if (error < 0 || !text)
        return error;
    text += strlen(prefix);
    if (*text == '/' && path_simplify(text))
        *ret_path = text;
    else
        reading_error(reading, reading->value_offset + strlen(prefix), NULL,
                      "'%s' in %s= is not an absolute path without '..'", text, reading->key);
    return 0;
}

static int refuse_socket(struct reading *reading)
{
    reading_refused(reading, reading->value_offset, "reeve has no socket units",
                    "%s=%s cannot be honoured by reeve", reading->key, reading->value);
    return 0;
}

static const struct {
    const char *prefix;
    enum output_kind kind;
} file_outputs[] = {
    { "file:", OUTPUT_FILE },
    { "append:", OUTPUT_APPEND },
    { "truncate:", OUTPUT_TRUNCATE },
};

int directive_output(struct reading *reading)
{
    struct output_spec *output = reading_field(reading);
    const char *path;
    int error;

    if (behind(reading, "fd:"))
        return refuse_socket(reading);
    for (size_t i = 0; i < ARRAY_SIZE(file_outputs); i++) {
        if (!behind(reading, file_outputs[i].prefix))
            continue;
        error = read_path(reading, file_outputs[i].prefix, &path);
        if (path)
            *output = (struct output_spec){ file_outputs[i].kind, path };
        return error;
    }
    (void)directive_choice(reading);
    /* service_fix_stdio() of systemd: to write into what is read from makes no sense. */
    if (output == &reading->spec->exec.log->out && output->kind == OUTPUT_INHERIT)
        output->kind = OUTPUT_JOURNAL;
    return 0;
}

int directive_input(struct reading *reading)
{
    struct log_spec *log = reading->spec->exec.log;
    const char *path;
    int error;

    if (behind(reading, "fd:"))
        return refuse_socket(reading);
    if (!behind(reading, "file:"))
        return directive_choice(reading);
    error = read_path(reading, "file:", &path);
    if (path) {
        log->input = INPUT_FILE;
        log->input_path = path;
    }
    return error;
}

/* --- StandardInputText=, StandardInputData= --- */

static int append_data(struct reading *reading, const char *bytes, size_t length)
{
    struct log_spec *log = reading->spec->exec.log;
    char *grown;

    if (length > LOG_INPUT_MAX - log->input_length) {
        reading_error(reading, reading->value_offset, NULL, "%s= makes more than %d bytes of input",
                      reading->key, LOG_INPUT_MAX);
        return 0;
    }
    grown = arena_get(reading->arena, log->input_length + length + 1);
    if (!grown)
        return -ENOMEM;
    if (log->input_length > 0)
        memcpy(grown, log->input_data, log->input_length);
    memcpy(grown + log->input_length, bytes, length);
    log->input_data = grown;
    log->input_length += length;
    return 0;
}

static int clear_data(struct reading *reading)
{
    reading->spec->exec.log->input_data = NULL;
    reading->spec->exec.log->input_length = 0;
    return 0;
}

/* C escapes and specifiers count; each line gets a newline. */
int directive_input_text(struct reading *reading)
{
    struct words words;
    char *text = NULL;
    int result;

    if (reading->value[0] == '\0')
        return clear_data(reading);
    words_init(&words, reading->lexer->text, reading->value_offset, WORDS_C_ESCAPES | WORDS_WHOLE);
    result = reading_word(reading, &words);
    if (result > 0)
        result = reading_expand_word(reading, &words, &text);
    words_release(&words);
    if (result < 0 || !text)
        return result < 0 ? result : 0;
    result = append_data(reading, text, strlen(text));
    return result < 0 ? result : append_data(reading, "\n", 1);
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* In place; -EINVAL. White space may stand anywhere. */
static int decode_base64(char *text, size_t *ret_length)
{
    size_t length = 0, digits = 0;
    unsigned bits = 0, padding = 0;

    for (const char *c = text; *c; c++) {
        int digit = base64_digit(*c);

        if (isspace((unsigned char)*c))
            continue;
        padding += *c == '=';
        if ((digit < 0 && *c != '=') || (digit >= 0 && padding > 0))
            return -EINVAL;
        bits = bits << 6 | (unsigned)(digit < 0 ? 0 : digit);
        if (++digits % 4 != 0)
            continue;
        for (int shift = 16; shift >= 0; shift -= 8)
            text[length++] = (char)(bits >> shift);
    }
    if (digits % 4 != 0 || padding > 2)
        return -EINVAL;
    *ret_length = length - padding;
    return 0;
}

int directive_input_data(struct reading *reading)
{
    size_t length;
    char *text;

    if (reading->value[0] == '\0')
        return clear_data(reading);
    text = arena_string(reading->arena, reading->value);
    if (!text)
        return -ENOMEM;
    if (decode_base64(text, &length) == 0)
        return append_data(reading, text, length);
    reading_error(reading, reading->value_offset, NULL, "%s= is not Base64", reading->key);
    return 0;
}

/* --- lines --- */

static const char *const level_names[] = { "emerg",   "alert",  "crit", "err",
                                           "warning", "notice", "info", "debug" };

static const char *const facility_names[] = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    NULL,     NULL,     NULL,     NULL,
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
};

static void set_word(struct reading *reading, const char *const *names, size_t count,
                     const char *what)
{
    unsigned *field = reading_field(reading);
    uint64_t number;

    for (size_t i = 0; i < count; i++)
        if (names[i] && strcmp(names[i], reading->value) == 0) {
            *field = (unsigned)i;
            return;
        }
    if (value_unsigned(reading->value, count - 1, &number) == 0)
        *field = (unsigned)number;
    else
        reading_bad_value(reading, -EINVAL, what);
}

int directive_level(struct reading *reading)
{
    set_word(reading, level_names, ARRAY_SIZE(level_names),
             "a log level: emerg, alert, crit, err, warning, notice, info, debug or 0 to 7");
    return 0;
}

int directive_facility(struct reading *reading)
{
    set_word(reading, facility_names, ARRAY_SIZE(facility_names),
             "a syslog facility like daemon, user or local0");
    return 0;
}

int directive_identifier(struct reading *reading)
{
    const char **field = reading_field(reading);

    if (reading->value[0] != '\0')
        return directive_string(reading);
    *field = NULL;
    return 0;
}

/* What has to be told to reeve-log in a message of a fixed size. */
static int append_rule(struct reading *reading, char *text)
{
    string_list *list = reading_field(reading);
    unsigned count = 0;

    while (*list && (*list)[count])
        count++;
    if (count < LOG_RULES_MAX && strlen(text) < LOG_RULE_TEXT_MAX)
        return reading_append(reading, list, text);
    reading_error(reading, reading->value_offset, NULL,
                  "%s= takes at most %d items of at most %d bytes", reading->key, LOG_RULES_MAX,
                  LOG_RULE_TEXT_MAX - 1);
    return 0;
}

/* journal_field_valid() of systemd: of a user's fields none begins with "_". */
static bool is_field(const char *text)
{
    size_t length = strcspn(text, "=");

    if (length == 0 || length > 64 || text[length] != '=' || *text == '_' ||
        isdigit((unsigned char)*text))
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '_' && !isdigit((unsigned char)text[i]) &&
            !(text[i] >= 'A' && text[i] <= 'Z'))
            return false;
    return true;
}

static int add_field(struct reading *reading, const struct words *words)
{
    char *item;
    int error = reading_expand_word(reading, words, &item);

    if (error < 0 || !item)
        return error;
    if (is_field(item))
        return append_rule(reading, item);
    reading_error(reading, words->start, "like 'TEAM=trade': capitals, digits and '_'",
                  "'%s' in %s= is not a journal field", words->word, reading->key);
    return 0;
}

int directive_log_fields(struct reading *reading)
{
    string_list *list = reading_field(reading);
    struct words words;
    int result;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    words_init(&words, reading->lexer->text, reading->value_offset, WORDS_QUOTES | WORDS_C_ESCAPES);
    while ((result = reading_word(reading, &words)) > 0) {
        result = add_field(reading, &words);
        if (result < 0)
            break;
    }
    words_release(&words);
    return result;
}

/* The whole value is one pattern. systemd has PCRE2, reeve POSIX extended expressions. */
int directive_log_pattern(struct reading *reading)
{
    string_list *list = reading_field(reading);
    const char *pattern = reading->value + (reading->value[0] == '~');
    char *copy, why[128];
    regex_t compiled;
    int error;

    if (reading->value[0] == '\0') {
        *list = NULL;
        return 0;
    }
    error = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (error != 0) {
        (void)regerror(error, &compiled, why, sizeof(why));
        reading_error(reading, reading->value_offset, "see regex(7)",
                      "'%s' in %s= is no regular expression: %s", pattern, reading->key, why);
        return 0;
    }
    regfree(&compiled);
    copy = arena_string(reading->arena, reading->value);
    return copy ? append_rule(reading, copy) : -ENOMEM;
}
