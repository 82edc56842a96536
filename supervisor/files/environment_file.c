#include "supervisor/files/environment_file.h"

#include "supervisor/unit/lexer.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The states, and what each makes of a character, are those of systemd's parser: whoever has such a
 * file has tried it there. */
enum state {
    PRE_NAME,
    NAME,
    PRE_VALUE,
    VALUE,
    VALUE_ESCAPE,
    SINGLE_QUOTED,
    DOUBLE_QUOTED,
    DOUBLE_QUOTED_ESCAPE,
    COMMENT,
    COMMENT_ESCAPE,
};

/* What is decoded is never longer than what it was written as: it takes the place of the text. */
struct parser {
    enum state state;
    char *assignment; /* where the present one begins */
    char *end;        /* where its next character goes */
    char *blank;      /* where the white space at its end begins; NULL: it has none */
    int (*put)(void *context, char *assignment);
    void *context;
};

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_white(char c)
{
    return is_newline(c) || c == ' ' || c == '\t';
}

static void add(struct parser *parser, char c)
{
    *parser->end++ = c;
}

/* One whose white space does not count when nothing follows it. */
static void add_plain(struct parser *parser, char c)
{
    if (!is_white(c))
        parser->blank = NULL;
    else if (!parser->blank)
        parser->blank = parser->end;
    add(parser, c);
}

static void chomp(struct parser *parser)
{
    if (parser->blank)
        parser->end = parser->blank;
    parser->blank = NULL;
}

static void begin_line(struct parser *parser)
{
    parser->state = PRE_NAME;
    parser->end = parser->assignment;
    parser->blank = NULL;
}

static bool has_name(const char *assignment)
{
    size_t length = 0;

    while (assignment[length] == '_' || isalnum((unsigned char)assignment[length]))
        length++;
    return length > 0 && !isdigit((unsigned char)assignment[0]) && assignment[length] == '=';
}

static int end_assignment(struct parser *parser)
{
    char *assignment = parser->assignment;

    add(parser, '\0');
    if (!utf8_is_valid(assignment))
        return -EILSEQ;
    if (has_name(assignment)) {
        int error = parser->put(parser->context, assignment);

        if (error < 0)
            return error;
        parser->assignment = parser->end;
    }
    begin_line(parser);
    return 0;
}

static void in_name(struct parser *parser, char c)
{
    if (is_newline(c)) {
        begin_line(parser);
    } else if (c == '=') {
        chomp(parser);
        add(parser, c);
        parser->state = PRE_VALUE;
    } else {
        add_plain(parser, c);
    }
}

/* Also behind a closing quote: another piece of the value may follow. */
static int before_value(struct parser *parser, char c)
{
    if (is_newline(c))
        return end_assignment(parser);
    if (c == '\'')
        parser->state = SINGLE_QUOTED;
    else if (c == '"')
        parser->state = DOUBLE_QUOTED;
    else if (c == '\\')
        parser->state = VALUE_ESCAPE;
    else if (!is_white(c)) {
        parser->state = VALUE;
        add(parser, c);
    }
    return 0;
}

static int in_value(struct parser *parser, char c)
{
    if (is_newline(c)) {
        chomp(parser);
        return end_assignment(parser);
    }
    if (c == '\\') {
        parser->state = VALUE_ESCAPE;
        parser->blank = NULL;
    } else {
        add_plain(parser, c);
    }
    return 0;
}

static void in_double_quotes(struct parser *parser, char c)
{
    if (c == '"')
        parser->state = PRE_VALUE;
    else if (c == '\\')
        parser->state = DOUBLE_QUOTED_ESCAPE;
    else
        add(parser, c);
}

/* As in a shell: the backslash stays before whatever needs none. */
static void in_double_quotes_escape(struct parser *parser, char c)
{
    parser->state = DOUBLE_QUOTED;
    if (c == '\n')
        return;
    if (!strchr("\"\\`$", c))
        add(parser, '\\');
    add(parser, c);
}

static int take(struct parser *parser, char c)
{
    switch (parser->state) {
    case PRE_NAME:
        if (c == '#' || c == ';') {
            parser->state = COMMENT;
        } else if (!is_white(c)) {
            parser->state = NAME;
            add(parser, c);
        }
        return 0;
    case NAME:
        in_name(parser, c);
        return 0;
    case PRE_VALUE:
        return before_value(parser, c);
    case VALUE:
        return in_value(parser, c);
    case VALUE_ESCAPE:
        parser->state = VALUE;
        if (!is_newline(c))
            add(parser, c);
        return 0;
    case SINGLE_QUOTED:
        if (c == '\'')
            parser->state = PRE_VALUE;
        else
            add(parser, c);
        return 0;
    case DOUBLE_QUOTED:
        in_double_quotes(parser, c);
        return 0;
    case DOUBLE_QUOTED_ESCAPE:
        in_double_quotes_escape(parser, c);
        return 0;
    case COMMENT:
        if (c == '\\')
            parser->state = COMMENT_ESCAPE;
        else if (is_newline(c))
            begin_line(parser);
        return 0;
    case COMMENT_ESCAPE:
        if (is_newline(c))
            begin_line(parser);
        else
            parser->state = COMMENT;
        return 0;
    }
    return 0;
}

int environment_file_parse(char *text, size_t size, int (*put)(void *context, char *assignment),
                           void *context)
{
    struct parser parser = { .assignment = text, .end = text, .put = put, .context = context };
    int error = memchr(text, '\0', size) ? -EBADMSG : 0;

    for (size_t i = 0; i < size && error == 0; i++)
        error = take(&parser, text[i]);
    if (error < 0 || parser.state == PRE_NAME || parser.state == NAME || parser.state == COMMENT ||
        parser.state == COMMENT_ESCAPE)
        return error;
    /* The last line needs no newline, and the last quote no end. */
    if (parser.state == VALUE)
        chomp(&parser);
    return end_assignment(&parser);
}
