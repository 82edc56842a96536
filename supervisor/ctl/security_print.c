#include "supervisor/ctl/security.h"

#include "supervisor/ctl/words.h"

#include <string.h>

enum { DIRECTIVE_WIDTH = 9, ASKED_WIDTH = 5, NAME_WIDTH = 4 }; /* of the heads, at least */

static void put_level(unsigned level, FILE *out)
{
    fprintf(out, "%u.%u", level / 10, level % 10);
}

/* In columns: a sequence of UTF-8 is one. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void put_padded(const char *text, int width, FILE *out)
{
    int padding = width - width_of(text);

    words_put_safe(out, text);
    fprintf(out, "%*s", padding > 0 ? padding : 0, "");
}

static void widen(int *width, const char *text)
{
    int own = width_of(text);

    if (own > *width)
        *width = own;
}

/* --- for people: one unit --- */

static void put_remark(const char *label, const char *text, FILE *out)
{
    if (!text || !text[0])
        return;
    fprintf(out, "    %s: ", label);
    words_put_safe(out, text);
    fputc('\n', out);
}

static void put_directives(const struct security_unit *unit, FILE *out)
{
    int directive_width = DIRECTIVE_WIDTH, asked_width = ASKED_WIDTH;

    for (size_t i = 0; i < unit->count; i++) {
        widen(&directive_width, unit->directives[i].directive);
        widen(&asked_width, unit->directives[i].asked);
    }
    fprintf(out, "%-*s  %-*s  STRENGTH  HELD BY\n", directive_width, "DIRECTIVE", asked_width,
            "ASKED");
    for (size_t i = 0; i < unit->count; i++) {
        const struct security_directive *directive = &unit->directives[i];

        put_padded(directive->directive, directive_width + 2, out);
        put_padded(directive->asked, asked_width + 2, out);
        put_padded(directive->strength, (int)strlen("STRENGTH") + 2, out);
        words_put_safe(out, directive->held_by);
        fputc('\n', out);
        put_remark("why not more", directive->reason, out);
        put_remark("would help", security_help(directive), out);
    }
}

/* The worst first; of equal ones in the order of the table. */
static size_t worst_below(const struct exposure *exposure, unsigned share, size_t after)
{
    size_t worst = EXPOSURE_ITEMS_MAX;

    for (size_t i = 0; i < exposure_item_count(); i++) {
        unsigned own = exposure_share(exposure, i);
        bool is_next = own > 0 && (own < share || (own == share && i > after));

        if (is_next && (worst == EXPOSURE_ITEMS_MAX || own > exposure_share(exposure, worst)))
            worst = i;
    }
    return worst;
}

static void put_items(const struct security_unit *unit, FILE *out)
{
    size_t item = worst_below(&unit->exposure, EXPOSURE_LEVEL_MAX + 1, 0);
    int width = NAME_WIDTH;

    for (size_t i = 0; i < exposure_item_count(); i++)
        if (exposure_share(&unit->exposure, i) > 0)
            widen(&width, exposure_item(i)->name);
    if (item == EXPOSURE_ITEMS_MAX)
        return;
    fprintf(out, "\n%-*s  EXPOSURE  BECAUSE\n", width, "ITEM");
    while (item != EXPOSURE_ITEMS_MAX) {
        unsigned share = exposure_share(&unit->exposure, item);

        put_padded(exposure_item(item)->name, width + 2, out);
        fprintf(out, "%*s", (int)strlen("EXPOSURE") - 3, "");
        put_level(share, out);
        fprintf(out, "  %s\n", security_cause(unit, item));
        item = worst_below(&unit->exposure, share, item);
    }
}

/* The kernel asks for the same user and no more: tests/escape found nothing of reeve's in the way.
 */
static const char not_held[] =
    "\nNot held by directives of this unit: another service of the same user can change the OOM "
    "score of this one, unless that service has ReadOnlyPaths=/proc, PrivatePIDs= or ProtectProc=, "
    "and its priority, unless it has SystemCallFilter=~@resources. As in systemd, SocketBindDeny= "
    "knows no port that the kernel chooses, and MemoryDenyWriteExecute= no file that is mapped "
    "twice, to be written and to be executed (NoExecPaths= does).\n";

void security_print_unit(const struct security *security, const struct security_unit *unit,
                         FILE *out)
{
    unsigned level = exposure_level(&unit->exposure);

    fprintf(out, "%s%s\n", unit->name,
            security->is_offline ? ", as it would be held for this user in this place" : "");
    put_directives(unit, out);
    put_items(unit, out);
    fputs(not_held, out);
    if (unit->is_refused)
        fprintf(out,
                "\nreeve does not start with this unit: SandboxPolicy=strict, and something is not "
                "held.\n");
    fprintf(out, "\n-> Overall exposure level for %s: ", unit->name);
    put_level(level, out);
    fprintf(out, " %s\n", exposure_word(level));
}

/* --- for people: all of them --- */

static unsigned count_of(const struct security_unit *unit, enum sandbox_strength strength)
{
    unsigned count = 0;

    for (size_t i = 0; i < unit->count; i++)
        count += strcmp(unit->directives[i].strength, sandbox_strength_name(strength)) == 0;
    return count;
}

void security_print_list(const struct security *security, FILE *out)
{
    int width = NAME_WIDTH;

    for (size_t i = 0; i < security->count; i++)
        widen(&width, security->units[i].name);
    fprintf(out, "%-*s  EXPOSURE  PREDICATE  FULL  PARTIAL  NONE\n", width, "UNIT");
    for (size_t i = 0; i < security->count; i++) {
        const struct security_unit *unit = &security->units[i];
        unsigned level = exposure_level(&unit->exposure);
        char text[16];

        snprintf(text, sizeof(text), "%u.%u", level / 10, level % 10);
        fprintf(out, "%-*s  %8s  %-9s  %4u  %7u  %4u\n", width, unit->name, text,
                exposure_word(level), count_of(unit, SANDBOX_FULL), count_of(unit, SANDBOX_PARTIAL),
                count_of(unit, SANDBOX_NONE));
    }
}

/* --- for programs --- */

static void put_member(const char *key, const char *value, FILE *out)
{
    fprintf(out, ",\"%s\":", key);
    words_put_json(out, value);
}

static void put_json_directive(const struct security_directive *directive, FILE *out)
{
    const char *help = security_help(directive);

    fputs("\n{\"directive\":", out);
    words_put_json(out, directive->directive);
    put_member("asked", directive->asked, out);
    put_member("held_by", directive->held_by, out);
    put_member("strength", directive->strength, out);
    if (directive->reason[0])
        put_member("reason", directive->reason, out);
    if (help)
        put_member("help", help, out);
    fputc('}', out);
}

/* `badness` is null for what means nothing for this unit. */
static void put_json_item(const struct security_unit *unit, size_t index, FILE *out)
{
    const struct exposure_item *item = exposure_item(index);
    unsigned badness = unit->exposure.badness[index];

    fputs("\n{\"name\":", out);
    words_put_json(out, item->name);
    fprintf(out, ",\"weight\":%u,\"range\":%u,\"badness\":", item->weight, item->range);
    if (badness == EXPOSURE_EXEMPT)
        fputs("null", out);
    else
        fprintf(out, "%u", badness);
    fputs(",\"exposure\":", out);
    put_level(exposure_share(&unit->exposure, index), out);
    if (badness > 0 && badness != EXPOSURE_EXEMPT)
        put_member("because", security_cause(unit, index), out);
    fputc('}', out);
}

static void put_json_unit(const struct security_unit *unit, FILE *out)
{
    unsigned level = exposure_level(&unit->exposure);

    fputs("\n{\"unit\":", out);
    words_put_json(out, unit->name);
    fputs(",\"exposure\":", out);
    put_level(level, out);
    put_member("predicate", exposure_word(level), out);
    fprintf(out, ",\"refused\":%s,\"directives\":[", unit->is_refused ? "true" : "false");
    for (size_t i = 0; i < unit->count; i++) {
        fputs(i > 0 ? "," : "", out);
        put_json_directive(&unit->directives[i], out);
    }
    fputs("],\"items\":[", out);
    for (size_t i = 0; i < exposure_item_count(); i++) {
        fputs(i > 0 ? "," : "", out);
        put_json_item(unit, i, out);
    }
    fputs("]}", out);
}

void security_print_json(const struct security *security, FILE *out)
{
    fprintf(out, "{\"offline\":%s,\"units\":[", security->is_offline ? "true" : "false");
    for (size_t i = 0; i < security->count; i++) {
        fputs(i > 0 ? "," : "", out);
        put_json_unit(&security->units[i], out);
    }
    fputs("]}\n", out);
}
