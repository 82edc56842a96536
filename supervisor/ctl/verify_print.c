#include "supervisor/ctl/verify.h"

#include "supervisor/ctl/words.h"

#include <string.h>

/* --- for people --- */

static void put_place(const char *path, unsigned line, unsigned column, FILE *out)
{
    words_put_safe(out, path);
    if (line > 0)
        fprintf(out, ":%u", line);
    if (line > 0 && column > 0)
        fprintf(out, ":%u", column);
    fputs(": ", out);
}

static void put_problem(const struct verify *verify, const struct verify_problem *problem,
                        FILE *out)
{
    enum setting_verdict verdict = setting_verdict_of(problem->level);

    if (verdict == SETTING_SUPPORTED && !verify->is_verbose)
        return;
    put_place(problem->path, problem->line, problem->column, out);
    fprintf(out, "%s: %s\n", setting_verdict_name(verdict), problem->text);
    if (problem->hint[0])
        fprintf(out, "    hint: %s\n", problem->hint);
}

static void put_setting(const struct verify *verify, const struct verify_setting *setting,
                        FILE *out)
{
    for (int i = setting->first; i != VERIFY_NONE; i = verify->problems[i].next)
        put_problem(verify, &verify->problems[i], out);
    if (setting->first != VERIFY_NONE ||
        (setting->verdict == SETTING_SUPPORTED && !verify->is_verbose))
        return;
    put_place(setting->path, setting->line, setting->column, out);
    fprintf(out, "%s: ", setting_verdict_name(setting->verdict));
    words_put_safe(out, setting->key);
    if (setting->verdict == SETTING_INERT) {
        fprintf(out, "= has no effect in reeve: %s\n", setting->remark);
        return;
    }
    fputc('=', out);
    words_put_safe(out, setting->value);
    if (setting->remark)
        fprintf(out, " (%s)", setting->remark);
    fputc('\n', out);
}

static void put_unit(const struct verify *verify, int index, FILE *out)
{
    const struct verify_unit *unit = &verify->units[index];

    for (size_t i = unit->first; i < unit->first + unit->count; i++)
        put_setting(verify, &verify->settings[i], out);
    for (size_t i = 0; i < verify->problem_count; i++)
        if (verify->problems[i].unit == index && !verify->problems[i].has_setting)
            put_problem(verify, &verify->problems[i], out);
    fprintf(out, "%s: %u supported, %u inert, %u refused", unit->name,
            unit->totals[SETTING_SUPPORTED], unit->totals[SETTING_INERT],
            unit->totals[SETTING_REFUSED]);
    if (unit->totals[SETTING_WRONG] > 0)
        fprintf(out, ", %u wrong", unit->totals[SETTING_WRONG]);
    fputc('\n', out);
}

void verify_print_text(const struct verify *verify, FILE *out)
{
    for (size_t i = 0; i < verify->problem_count; i++)
        if (verify->problems[i].unit == VERIFY_NONE && verify_is_told(verify, &verify->problems[i]))
            put_problem(verify, &verify->problems[i], out);
    for (size_t i = 0; i < verify->unit_count; i++)
        if (verify->units[i].is_selected)
            put_unit(verify, (int)i, out);
}

/* --- for programs --- */

static void put_member(const char *key, const char *value, FILE *out)
{
    fprintf(out, ",\"%s\":", key);
    words_put_json(out, value);
}

static void put_reason(const char *text, const char *hint, FILE *out)
{
    fputs("{\"text\":", out);
    words_put_json(out, text);
    if (hint[0])
        put_member("hint", hint, out);
    fputc('}', out);
}

static void put_json_setting(const struct verify *verify, const struct verify_setting *setting,
                             FILE *out)
{
    fputs("{\"section\":", out);
    words_put_json(out, setting->section);
    put_member("key", setting->key, out);
    put_member("value", setting->value, out);
    put_member("file", setting->path, out);
    fprintf(out, ",\"line\":%u,\"column\":%u", setting->line, setting->column);
    put_member("verdict", setting_verdict_name(setting->verdict), out);
    fputs(",\"reasons\":[", out);
    for (int i = setting->first; i != VERIFY_NONE; i = verify->problems[i].next) {
        if (i != setting->first)
            fputc(',', out);
        put_reason(verify->problems[i].text, verify->problems[i].hint, out);
    }
    if (setting->remark) {
        if (setting->first != VERIFY_NONE)
            fputc(',', out);
        put_reason(setting->remark, "", out);
    }
    fputs("]}", out);
}

/* Those of the unit as a whole; of VERIFY_NONE those of no unit. */
static void put_json_problems(const struct verify *verify, int unit, FILE *out)
{
    const char *comma = "";

    fputs(",\"problems\":[", out);
    for (size_t i = 0; i < verify->problem_count; i++) {
        const struct verify_problem *problem = &verify->problems[i];

        if (problem->unit != unit || problem->has_setting || !verify_is_told(verify, problem))
            continue;
        fprintf(out, "%s{\"verdict\":\"%s\"", comma,
                setting_verdict_name(setting_verdict_of(problem->level)));
        put_member("file", problem->path, out);
        fprintf(out, ",\"line\":%u,\"column\":%u", problem->line, problem->column);
        put_member("text", problem->text, out);
        if (problem->hint[0])
            put_member("hint", problem->hint, out);
        fputc('}', out);
        comma = ",";
    }
    fputc(']', out);
}

static void put_json_unit(const struct verify *verify, int index, FILE *out)
{
    const struct verify_unit *unit = &verify->units[index];

    fputs("{\"name\":", out);
    words_put_json(out, unit->name);
    put_member("file", unit->path, out);
    for (int i = 0; i < SETTING_VERDICT_COUNT; i++)
        fprintf(out, ",\"%s\":%u", setting_verdict_name((enum setting_verdict)i), unit->totals[i]);
    fputs(",\"settings\":[", out);
    for (size_t i = unit->first; i < unit->first + unit->count; i++) {
        fputs(i == unit->first ? "\n" : ",\n", out);
        put_json_setting(verify, &verify->settings[i], out);
    }
    fputs("]", out);
    put_json_problems(verify, index, out);
    fputs("}", out);
}

void verify_print_json(const struct verify *verify, FILE *out)
{
    const char *comma = "";

    fputs("{\"units\":[", out);
    for (size_t i = 0; i < verify->unit_count; i++) {
        if (!verify->units[i].is_selected)
            continue;
        fprintf(out, "%s\n", comma);
        put_json_unit(verify, (int)i, out);
        comma = ",";
    }
    fputs("]", out);
    put_json_problems(verify, VERIFY_NONE, out);
    fputs("}\n", out);
}
