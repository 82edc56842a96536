#include "supervisor/unit/unit_load.h"

#include "supervisor/unit/directives.h"
#include "supervisor/unit/suggest.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- sections --- */

static bool section_is_known(enum unit_kind kind, const char *section)
{
    static const char *const names[][5] = {
        [UNIT_SERVICE] = { "Unit", "Service", "Install", "X-Reeve" },
        [UNIT_TARGET] = { "Unit", "Target", "Install", "X-Reeve" },
        [UNIT_PATH] = { "Unit", "Path", "Install", "X-Reeve" },
    };

    for (const char *const *at = names[kind]; *at; at++)
        if (strcmp(*at, section) == 0)
            return true;
    return false;
}

/* A section is known, passed over in silence ("X-…"), or unknown. NULL for the last two. */
static const char *enter_section(struct reading *reading, const struct lexer_item *item)
{
    static const char *const names[] = {
        "Unit", "Service", "Target", "Path", "Install", "X-Reeve"
    };
    struct suggestion suggestion = { .word = item->name };
    char hint[96];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], item->name) == 0 && section_is_known(reading->spec->kind, names[i]))
            return names[i];
        if (section_is_known(reading->spec->kind, names[i]))
            suggestion_offer(&suggestion, names[i]);
    }
    if (suggestion.nearest)
        snprintf(hint, sizeof(hint), "did you mean '[%s]'?", suggestion.nearest);
    if (strncmp(item->name, "X-", 2) != 0)
        reading_warning(reading, item->name_offset, suggestion.nearest ? hint : NULL,
                        "Unknown section '%s', ignoring", item->name);
    return NULL;
}

/* --- assignments --- */

static void report_unknown(struct reading *reading)
{
    struct suggestion suggestion = { .word = reading->key };
    const char *section = directive_section_of(reading->key);
    char hint[128] = "";

    directive_suggest(reading->section, &suggestion);
    if (section)
        snprintf(hint, sizeof(hint), "'%s=' belongs in [%s]", reading->key, section);
    else if (suggestion.nearest)
        snprintf(hint, sizeof(hint), "did you mean '%s='?", suggestion.nearest);
    /* What systemd ignores is ignored; [X-Reeve] is ours, and a typo there would be lost. */
    if (strcmp(reading->section, "X-Reeve") == 0)
        reading_error(reading, reading->key_offset, hint, "Unknown key '%s' in section [%s]",
                      reading->key, reading->section);
    else
        reading_warning(reading, reading->key_offset, hint,
                        "Unknown key '%s' in section [%s], ignoring", reading->key,
                        reading->section);
}

static bool is_harmless(const struct known_group *group, const char *value)
{
    size_t length = strlen(value);
    bool is_true;

    if (length == 0 || (group->is_boolean && value_boolean(value, &is_true) == 0 && !is_true))
        return true;
    for (const char *word = group->harmless; word; word = strchr(word, ' ')) {
        size_t word_length;

        word += *word == ' ';
        word_length = strcspn(word, " ");
        if (word[word_length - 1] == '*'
                ? strncmp(word, value, word_length - 1) == 0
                : word_length == length && memcmp(word, value, length) == 0)
            return true;
    }
    return false;
}

static int read_known(struct reading *reading, const struct known_group *group)
{
    bool harmless = is_harmless(group, reading->value);

    switch (group->class) {
    case KNOWN_INERT:
        if (!harmless)
            reading_inert(reading, reading->key_offset, NULL, "%s= has no effect in reeve: %s",
                          reading->key, group->reason);
        return 0;
    case KNOWN_QUIET:
        return 0;
    case KNOWN_REFUSED:
    case KNOWN_SANDBOX:
        if (!harmless)
            return reading_refuse(reading, group->reason, group->class == KNOWN_SANDBOX);
        reading_take_back(reading);
        return 0;
    }
    return 0;
}

static bool is_foreign(const char *key)
{
    return strncmp(key, "X-", 2) == 0;
}

static bool is_secret(const char *key)
{
    return strcmp(key, "SetCredential") == 0;
}

static void tell_setting(const struct reading *reading, const struct known_group *group)
{
    struct setting setting = {
        .section = reading->section,
        .key = reading->key,
        .value = is_secret(reading->key) ? "(not shown)" : reading->value,
        .place = lexer_place(reading->lexer, reading->key_offset),
        .last_line = reading->lexer->line,
        .inert = is_foreign(reading->key)               ? "it is for other programs"
                 : group && group->class == KNOWN_QUIET ? group->reason
                                                        : NULL,
    };

    if (reading->listener)
        reading->listener->setting(reading->listener->context, &setting);
}

static int read_assignment(struct reading *reading, const struct lexer_item *item)
{
    const struct directive *directive = directive_find(reading->section, item->name);
    const struct known_group *group = directive ? NULL : known_find(reading->section, item->name);

    reading->directive = directive;
    reading->key = item->name;
    reading->value = item->value;
    reading->key_offset = item->name_offset;
    reading->value_offset = item->value_offset;
    tell_setting(reading, group);
    if (directive && directive->modern)
        reading_note(reading, reading->key_offset, NULL, "%s= is an old name of %s", reading->key,
                     directive->modern);
    if (directive && directive->is_log && log_spec_need(reading) < 0)
        return -ENOMEM;
    if (directive)
        return directive->parse(reading);
    if (group)
        return read_known(reading, group);
    if (!is_foreign(item->name))
        report_unknown(reading);
    return 0;
}

/* --- parts --- */

static int read_items(struct reading *reading, struct lexer *lexer)
{
    bool is_before_sections = true;
    struct lexer_item item;
    int result;

    reading->section = NULL;
    while ((result = lexer_next(lexer, &item)) > 0) {
        if (item.kind == LEXER_SECTION) {
            reading->section = enter_section(reading, &item);
            lexer->is_ignoring = !reading->section;
            is_before_sections = false;
        } else if (reading->section) {
            result = read_assignment(reading, &item);
        } else if (is_before_sections) {
            reading_warning(reading, item.name_offset, "a section like [Service] comes first",
                            "Assignment outside of section, ignoring");
        }
        if (result < 0)
            return result;
    }
    return result;
}

/* `path` is that of the part, in the arena. */
static int read_part(struct reading *reading, const struct unit_text *part, const char *path)
{
    struct lexer lexer;
    int result;

    reading->path = path;
    lexer_init(&lexer, part, reading->sink);
    lexer.path = reading->path;
    reading->lexer = &lexer;
    result = read_items(reading, &lexer);
    reading->lexer = NULL;
    lexer_release(&lexer);
    /* Reported; the other parts are still worth reading. */
    reading->has_unread_commands |= result == -EBADMSG;
    return result == -EBADMSG ? 0 : result;
}

/* FNV-1a, 64 bits (RFC 9923): tells changed text from unchanged, and nobody gains by a collision.
 */
static uint64_t digest_add(uint64_t digest, const void *bytes, size_t size)
{
    for (const unsigned char *at = bytes; size > 0; at++, size--)
        digest = (digest ^ *at) * UINT64_C(0x100000001b3);
    return digest;
}

static uint64_t digest_of(const struct unit_source *source)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < source->part_count; i++) {
        const struct unit_text *part = &source->parts[i];

        digest = digest_add(digest, part->path, strlen(part->path) + 1);
        digest = digest_add(digest, &part->size, sizeof(part->size));
        digest = digest_add(digest, part->text, part->size);
    }
    for (size_t i = 0; i < source->link_count; i++) {
        digest = digest_add(digest, &source->links[i].kind, sizeof(source->links[i].kind));
        digest = digest_add(digest, source->links[i].name, strlen(source->links[i].name) + 1);
    }
    for (const char *const *alias = source->aliases; alias && *alias; alias++)
        digest = digest_add(digest, *alias, strlen(*alias) + 1);
    return digest;
}

static int add_path_spec(struct arena *arena, struct unit_spec *spec)
{
    spec->path = arena_get(arena, sizeof(*spec->path));
    if (!spec->path)
        return -ENOMEM;
    *spec->path = (struct path_spec){
        .directory_mode = 0755,
        .trigger_limit_interval_us = 2 * USEC_PER_SEC,
        .trigger_limit_burst = 200,
    };
    return 0;
}

static struct unit_spec *new_spec(struct arena *arena, const struct unit_source *source)
{
    struct unit_spec *spec = arena_get(arena, sizeof(*spec));
    const char *name = arena_string(arena, source->name);
    enum unit_kind kind = UNIT_SERVICE;

    if (!spec || !name)
        return NULL;
    (void)unit_name_parse(name, &kind);
    unit_spec_init(spec, name, kind);
    if (kind == UNIT_PATH && add_path_spec(arena, spec) < 0)
        return NULL;
    spec->is_internal = source->is_internal;
    spec->digest = digest_of(source);
    if (!source->is_internal && source->part_count > 0) {
        spec->fragment_path = arena_string(arena, source->parts[0].path);
        if (!spec->fragment_path)
            return NULL;
    }
    return spec;
}

/* What `reevectl status` and `show` name; the strings are those that the problems point at. */
static int keep_path(struct reading *reading, size_t index, const struct unit_source *source)
{
    char **list = (char **)reading->spec->drop_in_paths;

    if (index == 0 || source->is_internal)
        return 0;
    if (!list)
        list = arena_get(reading->arena, source->part_count * sizeof(*list));
    if (!list)
        return -ENOMEM;
    list[index - 1] = (char *)reading->path;
    reading->spec->drop_in_paths = list;
    return 0;
}

static int read_source(struct reading *reading, const struct unit_source *source)
{
    int error = 0;

    for (size_t i = 0; i < source->part_count && error == 0; i++) {
        const struct unit_spec *spec = reading->spec;
        const char *path = i == 0 && spec->fragment_path
                               ? spec->fragment_path
                               : arena_string(reading->arena, source->parts[i].path);

        error = path ? read_part(reading, &source->parts[i], path) : -ENOMEM;
        if (error == 0)
            error = keep_path(reading, i, source);
    }
    if (error == 0 && reading->last_part)
        error = read_part(reading, reading->last_part, reading->last_part->path);
    for (size_t i = 0; i < source->link_count && error == 0; i++)
        error = dependency_add_link(reading, &source->links[i]);
    return error < 0 ? error : unit_check(reading);
}

int unit_load(struct unit_set *set, const struct unit_source *source, struct problem_sink *sink,
              struct unit_spec **ret_spec)
{
    const struct setting_listener *listener = set->listener;
    struct reading reading = { .arena = &set->arena,
                               .sink = sink,
                               .errors_before = sink->errors,
                               .is_lenient = set->is_lenient,
                               .last_part = set->last_part };
    int error;

    reading.spec = new_spec(&set->arena, source);
    if (!reading.spec)
        return -ENOMEM;
    reading.listener = listener;
    reading.specifiers = (struct specifier_context){
        .roots = &set->roots,
        .unit_name = reading.spec->name,
        .fragment_path =
            reading.spec->fragment_path ? reading.spec->fragment_path : reading.spec->name,
        .real_path = source->real_path,
    };
    if (listener)
        listener->unit(listener->context, reading.spec->name, reading.specifiers.fragment_path);
    error = read_source(&reading, source);
    if (listener)
        listener->unit(listener->context, NULL, NULL);
    if (error < 0)
        return error;
    if (sink->errors > reading.errors_before)
        return -EBADMSG;
    *ret_spec = reading.spec;
    return 0;
}
