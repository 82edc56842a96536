#include "supervisor/unit/lexer.h"

#include <errno.h>
#include <string.h>

static const char white_space[] = " \t\n\r";
static const char byte_order_mark[] = "\xef\xbb\xbf";

void lexer_init(struct lexer *lexer, const struct unit_text *text, struct problem_sink *sink)
{
    size_t skip = sizeof(byte_order_mark) - 1;

    *lexer = (struct lexer){ .path = text->path, .sink = sink, .at = text->text };
    lexer->end = text->size > 0 ? text->text + text->size : text->text;
    if (text->size >= skip && memcmp(text->text, byte_order_mark, skip) == 0)
        lexer->at += skip;
}

void lexer_release(struct lexer *lexer)
{
    free(lexer->text);
    free(lexer->segments);
    lexer->text = NULL;
    lexer->segments = NULL;
    lexer->capacity = lexer->segment_capacity = 0;
}

struct problem_place lexer_place(const struct lexer *lexer, size_t offset)
{
    struct problem_place place = { .path = lexer->path, .line = lexer->line };
    size_t low = 0, high = lexer->segment_count;
    const struct lexer_segment *segment;

    if (high == 0)
        return place;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (lexer->segments[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    segment = &lexer->segments[low];
    place.line = segment->line;
    place.column = segment->column + (unsigned)(offset - segment->offset);
    return place;
}

/* --- physical lines --- */

struct physical {
    const char *text;
    size_t length;
    unsigned column; /* of its first byte */
};

enum end_of_line { END_LF = 1 << 0, END_CR = 1 << 1, END_NUL = 1 << 2 };

static unsigned end_of_line(char c)
{
    return c == '\n' ? END_LF : c == '\r' ? END_CR : c == '\0' ? END_NUL : 0;
}

static bool next_physical(struct lexer *lexer, struct physical *ret_physical)
{
    const char *at = lexer->at;
    unsigned seen = 0;

    if (at == lexer->end)
        return false;
    while (at < lexer->end && !end_of_line(*at))
        at++;
    ret_physical->text = lexer->at;
    ret_physical->length = (size_t)(at - lexer->at);
    /* The byte order mark is not counted as a column: no editor shows it. */
    ret_physical->column = 1;
    /* CR LF is one end, LF LF are two. */
    for (; at < lexer->end && !(seen & END_NUL); at++) {
        unsigned kind = end_of_line(*at);

        if (kind == 0 || (seen & kind))
            break;
        seen |= kind;
    }
    lexer->at = at;
    lexer->line++;
    return true;
}

static bool is_comment(const struct physical *physical)
{
    for (size_t i = 0; i < physical->length; i++)
        if (!strchr(white_space, physical->text[i]))
            return physical->text[i] == '#' || physical->text[i] == ';';
    return false;
}

static bool goes_on(const struct physical *physical)
{
    size_t backslashes = 0;

    while (backslashes < physical->length &&
           physical->text[physical->length - 1 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

/* --- logical lines --- */

static int append_segment(struct lexer *lexer, const struct physical *physical)
{
    if (lexer->segment_count == lexer->segment_capacity) {
        size_t capacity = lexer->segment_capacity ? lexer->segment_capacity * 2 : 16;
        struct lexer_segment *segments =
            realloc(lexer->segments, capacity * sizeof(*lexer->segments));

        if (!segments)
            return -ENOMEM;
        lexer->segments = segments;
        lexer->segment_capacity = capacity;
    }
    lexer->segments[lexer->segment_count++] = (struct lexer_segment){ .offset = lexer->length,
                                                                      .line = lexer->line,
                                                                      .column = physical->column };
    return 0;
}

static int append(struct lexer *lexer, const struct physical *physical)
{
    size_t needed = lexer->length + physical->length + 1;

    if (needed > LEXER_LINE_MAX) {
        struct problem_place place = { .path = lexer->path, .line = lexer->line };

        problem_report(lexer->sink, PROBLEM_ERROR, &place, NULL, "Line is longer than %d bytes",
                       LEXER_LINE_MAX);
        return -EBADMSG;
    }
    if (needed > lexer->capacity) {
        size_t capacity = needed < 128 ? 256 : needed * 2;
        char *text = realloc(lexer->text, capacity);

        if (!text)
            return -ENOMEM;
        lexer->text = text;
        lexer->capacity = capacity;
    }
    if (append_segment(lexer, physical) < 0)
        return -ENOMEM;
    memcpy(lexer->text + lexer->length, physical->text, physical->length);
    lexer->length += physical->length;
    lexer->text[lexer->length] = '\0';
    return 0;
}

/* 1 and the text in lexer->text, 0 at the end of the file. */
static int next_logical(struct lexer *lexer)
{
    struct physical physical;
    bool is_open = false;

    lexer->length = lexer->segment_count = 0;
    while (next_physical(lexer, &physical)) {
        int error;

        if (is_comment(&physical))
            continue;
        error = append(lexer, &physical);
        if (error < 0)
            return error;
        if (!goes_on(&physical))
            return 1;
        lexer->text[lexer->length - 1] = ' ';
        is_open = true;
    }
    return is_open;
}

/* --- items --- */

/* Strips [begin, end) in place: moves both inwards. */
static void strip(const char **begin, char **end)
{
    while (*begin < *end && strchr(white_space, **begin))
        (*begin)++;
    while (*begin < *end && strchr(white_space, (*end)[-1]))
        (*end)--;
}

/* string_is_safe() of systemd: no control characters, quotes or backslashes. */
static bool is_safe(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || strchr("\"'\\\x7f", *text))
            return false;
    return true;
}

static int parse_section(struct lexer *lexer, const char *begin, char *end,
                         struct lexer_item *ret_item)
{
    size_t offset = (size_t)(begin - lexer->text);
    struct problem_place place = lexer_place(lexer, offset);

    if (end[-1] != ']') {
        problem_report(lexer->sink, PROBLEM_ERROR, &place, NULL, "Invalid section header '%s'",
                       begin);
        return -EBADMSG;
    }
    end[-1] = '\0';
    if (!is_safe(begin + 1)) {
        problem_report(lexer->sink, PROBLEM_ERROR, &place, NULL,
                       "Bad characters in section header '[%s]'", begin + 1);
        return -EBADMSG;
    }
    *ret_item = (struct lexer_item){
        .kind = LEXER_SECTION, .name = begin + 1, .name_offset = offset + 1, .value = ""
    };
    return 1;
}

/* 1 and an assignment, or 0 for a line that is none (reported). */
static int parse_assignment(struct lexer *lexer, const char *begin, char *end,
                            struct lexer_item *ret_item)
{
    struct problem_place place = lexer_place(lexer, (size_t)(begin - lexer->text));
    char *equals = memchr(begin, '=', (size_t)(end - begin)), *key_end = equals;
    const char *value;

    if (!equals || equals == begin) {
        if (!lexer->is_ignoring)
            problem_report(lexer->sink, PROBLEM_WARNING, &place, NULL,
                           equals ? "Missing key name before '=', ignoring line"
                                  : "Missing '=', ignoring line");
        return 0;
    }
    value = equals + 1;
    strip(&begin, &key_end);
    strip(&value, &end);
    *key_end = *end = '\0';
    *ret_item = (struct lexer_item){ .kind = LEXER_ASSIGNMENT,
                                     .name = begin,
                                     .name_offset = (size_t)(begin - lexer->text),
                                     .value = value,
                                     .value_offset = (size_t)(value - lexer->text) };
    return 1;
}

static int parse(struct lexer *lexer, struct lexer_item *ret_item)
{
    const char *begin = lexer->text;
    char *end = lexer->text + lexer->length;

    strip(&begin, &end);
    if (begin == end)
        return 0;
    *end = '\0';
    if (!utf8_is_valid(begin)) {
        struct problem_place place = lexer_place(lexer, (size_t)(begin - lexer->text));

        problem_report(lexer->sink, PROBLEM_ERROR, &place, NULL, "Text is not valid UTF-8");
        return -EBADMSG;
    }
    if (*begin == '[')
        return parse_section(lexer, begin, end, ret_item);
    return parse_assignment(lexer, begin, end, ret_item);
}

int lexer_next(struct lexer *lexer, struct lexer_item *ret_item)
{
    int result = next_logical(lexer);

    while (result > 0) {
        result = parse(lexer, ret_item);
        if (result != 0)
            return result;
        result = next_logical(lexer);
    }
    return result;
}
