/* What logs tell of refusals: reeve-log's lines of the unit, and the kernel's of killed processes.
 */
#include "supervisor/ctl/explain.h"

#include "sandbox/filter_numbers.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

struct explain_clue *explain_add(struct explain *explain, enum explain_sign sign)
{
    struct explain_clue *clue;

    if (explain->clue_count == EXPLAIN_CLUES_MAX)
        return NULL;
    clue = &explain->clues[explain->clue_count++];
    *clue = (struct explain_clue){ .sign = sign, .count = 1 };
    return clue;
}

static void copy(char *target, size_t size, const char *text)
{
    snprintf(target, size, "%s", text);
}

/* --- the kernel's: "… audit: type=1326 … comm="x" … sig=31 arch=c000003e syscall=41 …" --- */

static bool find_number(const char *line, const char *key, int base, unsigned long *ret_number)
{
    const char *found = strstr(line, key);
    char *end;

    if (!found)
        return false;
    found += strlen(key);
    *ret_number = strtoul(found, &end, base);
    return end != found;
}

static const char *find_call(const struct filter_architecture *architecture, unsigned long number)
{
    for (enum call call = 0; call < CALL_COUNT; call++) {
        int own = filter_number(architecture, call);

        if (own >= 0 && (unsigned long)own == number)
            return call_name(call);
    }
    return "";
}

static bool is_known(const struct explain *explain, const struct explain_clue *clue)
{
    for (size_t i = 0; i < explain->clue_count; i++)
        if (explain->clues[i].is_sure && explain->clues[i].is_foreign == clue->is_foreign &&
            strcmp(explain->clues[i].call, clue->call) == 0)
            return true;
    return false;
}

/* The pids are those of the host, so that only the signal tells that it may be about us. */
static bool take_kernel_line(struct explain *explain, const char *line)
{
    struct explain_clue clue = { .sign = EXPLAIN_SIGSYS, .is_sure = true, .count = 1 }, *added;
    const struct filter_architecture *native;
    unsigned long number, signal, architecture;
    size_t count;

    if (!strstr(line, "type=1326") || !find_number(line, " syscall=", 10, &number) ||
        !find_number(line, " arch=", 16, &architecture) || !find_number(line, " sig=", 10, &signal))
        return false;
    native = filter_architectures(&count);
    clue.is_foreign = architecture != native->audit;
    if (!clue.is_foreign)
        copy(clue.call, sizeof(clue.call), find_call(native, number));
    copy(clue.line, sizeof(clue.line), line);
    if (signal != SIGSYS || (!clue.is_foreign && !clue.call[0]) || is_known(explain, &clue))
        return true;
    added = explain_add(explain, EXPLAIN_SIGSYS);
    if (added)
        *added = clue;
    return true;
}

/* --- those of the unit --- */

/* The text of a short-iso line "TIME NAME: text", if it is of this unit; NULL. */
static const char *text_of(const char *line, const char *name)
{
    const char *found = strchr(line, ' ');
    size_t length = strlen(name);

    if (!found || strncmp(found + 1, name, length) != 0 || found[1 + length] != ':')
        return NULL;
    return found + 1 + length + 1;
}

/* The first word that is a system call, as in "bind: Permission denied". */
static void find_word(const char *text, char call[EXPLAIN_CALL_SIZE])
{
    while (*text) {
        char word[EXPLAIN_CALL_SIZE];
        size_t length = 0;
        enum call found;

        while (*text && !isalpha((unsigned char)*text))
            text++;
        while (isalnum((unsigned char)text[length]) || text[length] == '_')
            length++;
        snprintf(word, sizeof(word), "%.*s", (int)length, text);
        if (length > 0 && length < sizeof(word) && call_find(word, &found) == 0) {
            copy(call, EXPLAIN_CALL_SIZE, word);
            return;
        }
        text += length;
    }
}

void explain_take_line(struct explain *explain, const char *name, const char *line)
{
    const char *text = take_kernel_line(explain, line) ? NULL : text_of(line, name);

    if (text)
        explain_take_text(explain, text);
}

void explain_take_text(struct explain *explain, const char *text)
{
    char call[EXPLAIN_CALL_SIZE] = "";
    struct explain_clue *clue;
    enum explain_sign sign;

    if (!explain_find_sign(text, &sign))
        return;
    find_word(text, call);
    for (size_t i = 0; i < explain->clue_count; i++) {
        clue = &explain->clues[i];
        if (clue->sign == sign && !clue->is_sure && clue->line[0] &&
            strcmp(clue->call, call) == 0) {
            clue->count++;
            return;
        }
    }
    clue = explain_add(explain, sign);
    if (!clue)
        return;
    copy(clue->line, sizeof(clue->line), text + (*text == ' '));
    copy(clue->call, sizeof(clue->call), call);
}
