#include "supervisor/unit/words.h"

#include <errno.h>
#include <string.h>

static const char white_space[] = " \t\n\r";

void words_init(struct words *words, const char *text, size_t at, unsigned flags)
{
    *words = (struct words){ .text = text, .at = at, .flags = flags };
    if (!(flags & WORDS_WHOLE))
        words->at += strspn(text + at, white_space);
}

void words_release(struct words *words)
{
    free(words->word);
    free(words->origin);
    words->word = NULL;
    words->origin = NULL;
    words->capacity = 0;
}

/* Room for a word as long as the rest of the line, once: unescaping makes nothing longer, the rest
 * only shrinks. */
static int reserve(struct words *words)
{
    size_t needed;
    char *word;
    size_t *origin;

    if (words->capacity > 0)
        return 0;
    needed = strlen(words->text + words->at) + 1;
    word = realloc(words->word, needed);
    if (!word)
        return -ENOMEM;
    words->word = word;
    origin = realloc(words->origin, needed * sizeof(*origin));
    if (!origin)
        return -ENOMEM;
    words->origin = origin;
    words->capacity = needed;
    return 0;
}

static void put(struct words *words, char byte, size_t origin)
{
    words->word[words->length] = byte;
    words->origin[words->length++] = origin;
}

/* --- escapes --- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* `count` digits at text; UINT32_MAX when there are fewer. */
static uint32_t number(const char *text, unsigned count, unsigned base)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned digit_value = (unsigned)digit(text[i]);

        if (digit_value >= base)
            return UINT32_MAX;
        value = value * base + digit_value;
    }
    return value;
}

/* Zero is refused where words end in it. */
static bool is_byte(const struct words *words, uint32_t value, uint32_t max)
{
    return value <= max && (value > 0 || words->flags & WORDS_WHOLE);
}

static void put_utf8(struct words *words, uint32_t point, size_t origin)
{
    if (point < 0x80) {
        put(words, (char)point, origin);
    } else if (point < 0x800) {
        put(words, (char)(0xc0 | point >> 6), origin);
        put(words, (char)(0x80 | (point & 0x3f)), origin);
    } else if (point < 0x10000) {
        put(words, (char)(0xe0 | point >> 12), origin);
        put(words, (char)(0x80 | (point >> 6 & 0x3f)), origin);
        put(words, (char)(0x80 | (point & 0x3f)), origin);
    } else {
        put(words, (char)(0xf0 | point >> 18), origin);
        put(words, (char)(0x80 | (point >> 12 & 0x3f)), origin);
        put(words, (char)(0x80 | (point >> 6 & 0x3f)), origin);
        put(words, (char)(0x80 | (point & 0x3f)), origin);
    }
}

/* \xNN and \NNN give a byte, \uXXXX and \UXXXXXXXX a character. Length of the escape, 0 when it is
 * none. */
static unsigned put_number(struct words *words, const char *escape, size_t origin)
{
    static const struct {
        char letter;
        unsigned digits;
        uint32_t max;
    } forms[] = {
        { 'x', 2, 0xff },
        { 'u', 4, 0xffff },
        { 'U', 8, 0x10ffff },
    };

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        uint32_t value;

        if (*escape != forms[i].letter)
            continue;
        value = number(escape + 1, forms[i].digits, 16);
        if (!is_byte(words, value, forms[i].max) ||
            (forms[i].digits > 2 && value >= 0xd800 && value <= 0xdfff))
            return 0;
        if (forms[i].digits > 2)
            put_utf8(words, value, origin);
        else
            put(words, (char)value, origin);
        return 1 + forms[i].digits;
    }
    if (!is_byte(words, number(escape, 3, 8), 0xff))
        return 0;
    put(words, (char)number(escape, 3, 8), origin);
    return 3;
}

/* The table of systemd.syntax(7). Length of what follows the backslash, 0 when it is no escape. */
static unsigned put_escape(struct words *words, const char *escape, size_t origin)
{
    static const char letters[] = "abfnrtv\\\"'s", meaning[] = "\a\b\f\n\r\t\v\\\"' ";
    const char *letter = strchr(letters, *escape);

    if (!letter)
        return put_number(words, escape, origin);
    put(words, meaning[letter - letters], origin);
    return 1;
}

/* At a backslash, which is not the last character: consumes the escape. */
static void take_escape(struct words *words)
{
    const char *escape = words->text + words->at + 1;
    unsigned length = 0;

    if (words->flags & WORDS_C_ESCAPES) {
        length = put_escape(words, escape, words->at);
        if (length == 0) {
            if (!words->has_bad_escape)
                words->bad_escape = words->at;
            words->has_bad_escape = true;
            put(words, '\\', words->at);
        }
    }
    if (length == 0) {
        put(words, *escape, words->at + 1);
        length = 1;
    }
    words->at += 1 + length;
}

/* --- words --- */

static int complain(struct words *words, size_t at, const char *text)
{
    words->complaint = text;
    words->complaint_at = at;
    return -EINVAL;
}

int words_next(struct words *words)
{
    bool is_whole = words->flags & WORDS_WHOLE;
    char quote = '\0';
    size_t quote_at = 0;

    if (words->text[words->at] == '\0')
        return 0;
    if (reserve(words) < 0)
        return -ENOMEM;
    words->start = words->at;
    words->length = 0;
    words->has_bad_escape = false;
    for (char c;
         (c = words->text[words->at]) != '\0' && (quote || is_whole || !strchr(white_space, c));) {
        if (c == '\\' && !(words->flags & WORDS_RAW)) {
            if (words->text[words->at + 1] == '\0')
                return complain(words, words->at, "Backslash at the end of the line");
            take_escape(words);
        } else if (quote ? c == quote : (words->flags & WORDS_QUOTES) && (c == '"' || c == '\'')) {
            quote = quote ? '\0' : c;
            quote_at = words->at++;
        } else {
            put(words, c, words->at++);
        }
    }
    if (quote)
        return complain(words, quote_at, "Unbalanced quoting");
    words->word[words->length] = '\0';
    /* One past the end also has an origin, for complaints about something that is missing there. */
    words->origin[words->length] = words->at;
    words->at += strspn(words->text + words->at, white_space);
    return 1;
}
