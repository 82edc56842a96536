#include "supervisor/files/setting_place.h"

#include "supervisor/files/unit_file_read.h"
#include "supervisor/unit/lexer.h"

#include <fcntl.h>
#include <string.h>

/* The place of the assignment, or of the item in it; one without the item stands back. */
static void look_at(const struct lexer *lexer, const struct lexer_item *assignment,
                    const char *item, struct spec_place *place, bool *has_item)
{
    const char *at = item ? strstr(assignment->value, item) : NULL;
    struct problem_place where;

    if (*has_item && !at)
        return;
    *has_item = at != NULL;
    where = lexer_place(lexer, at ? assignment->value_offset + (size_t)(at - assignment->value)
                                  : assignment->name_offset);
    *place = (struct spec_place){ where.path, where.line, where.column };
}

static void look_through(const struct unit_text *text, const char *key, const char *item,
                         struct spec_place *place, bool *has_item)
{
    struct problem_sink silent = { 0 };
    struct lexer_item at;
    struct lexer lexer;
    bool is_service = false;

    lexer_init(&lexer, text, &silent);
    while (lexer_next(&lexer, &at) > 0) {
        if (at.kind == LEXER_SECTION)
            is_service = strcmp(at.name, "Service") == 0;
        else if (is_service && strcmp(at.name, key) == 0)
            look_at(&lexer, &at, item, place, has_item);
    }
    lexer_release(&lexer);
}

bool setting_place_in(const struct unit_text *text, const char *key, const char *item,
                      struct spec_place *ret_place)
{
    struct spec_place place = { 0 };
    bool has_item = false;

    look_through(text, key, item, &place, &has_item);
    if (!place.path)
        return false;
    *ret_place = place;
    return true;
}

bool setting_place_find(const struct unit_spec *spec, const char *key, const char *item,
                        struct spec_place *ret_place)
{
    string_list drop_in = spec->drop_in_paths;
    const char *path = spec->fragment_path;
    struct problem_sink silent = { 0 };
    struct spec_place place = { 0 };
    struct arena arena;
    bool has_item = false;

    arena_init(&arena);
    while (path) {
        struct unit_file file = { .directory_fd = AT_FDCWD, .name = path, .path = path };

        if (unit_file_read(&file, &arena, &silent) == 0 && file.state == UNIT_FILE_TEXT)
            look_through(&file.text, key, item, &place, &has_item);
        path = drop_in ? *drop_in : NULL;
        drop_in += path != NULL;
    }
    arena_release(&arena);
    if (!place.path)
        return false;
    *ret_place = place;
    return true;
}
