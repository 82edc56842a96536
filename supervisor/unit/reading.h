#ifndef REEVE_UNIT_READING_H
#define REEVE_UNIT_READING_H

/*
 * A unit while it is being read: the spec under construction, the assignment at hand, and what can
 * only be decided when all parts have been read. Internal to the loader.
 */

#include "supervisor/unit/arena.h"
#include "supervisor/unit/lexer.h"
#include "supervisor/unit/setting.h"
#include "supervisor/unit/specifier.h"
#include "supervisor/unit/words.h"

struct directive;

enum { LIST_MAX = 4096 }; /* items of one list: names, words, commands, refused directives */

/* A directive that reeve cannot honour; a later assignment may still take it back. */
struct refusal {
    const char *key;
    const char *reason;
    bool is_sandbox; /* SandboxPolicy=degrade turns it into a warning */
    struct spec_place place;
    struct unheld_directive unheld; /* then it is one of the spec's */
    struct refusal *next;
};

struct reading {
    struct arena *arena;
    struct problem_sink *sink;
    const struct setting_listener *listener; /* NULL: nobody wants to know */
    struct unit_spec *spec;
    struct specifier_context specifiers;
    /* of the whole unit */
    unsigned errors_before;   /* of other units */
    bool has_unread_commands; /* a mistake hides some: what seems to be missing may be there */
    bool is_lenient;          /* of the set, as is the next */
    const struct unit_text *last_part;
    bool has_type, has_timeout_start, has_timeout_abort, has_notify_access;
    bool has_job_running_timeout;
    struct spec_place restart_place, type_place, gate_place;
    const struct dependency_name **dependency_ends[DEPENDENCY_COUNT]; /* NULL: the list is empty */
    const struct condition **condition_end;                           /* NULL: the list is empty */
    unsigned condition_count;
    struct refusal *refusals;
    /* the part and the assignment at hand */
    const char *path; /* of the part, in the arena */
    const struct lexer *lexer;
    const struct directive *directive;
    const char *section, *key, *value;
    size_t key_offset, value_offset;
};

/* The place of an offset in the logical line. */
struct spec_place reading_place(const struct reading *reading, size_t offset);

/* Problems of the assignment at hand; `hint` may be NULL. */
void reading_error(struct reading *reading, size_t offset, const char *hint, const char *format,
                   ...) PRINTF_LIKE(4, 5);
void reading_warning(struct reading *reading, size_t offset, const char *hint, const char *format,
                     ...) PRINTF_LIKE(4, 5);
/* What is right, but cannot be honoured; works, with a trap; has no effect. */
void reading_refused(struct reading *reading, size_t offset, const char *hint, const char *format,
                     ...) PRINTF_LIKE(4, 5);
void reading_advice(struct reading *reading, size_t offset, const char *hint, const char *format,
                    ...) PRINTF_LIKE(4, 5);
void reading_inert(struct reading *reading, size_t offset, const char *hint, const char *format,
                   ...) PRINTF_LIKE(4, 5);
void reading_note(struct reading *reading, size_t offset, const char *hint, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Problems of something that was read before. */
void reading_error_at(struct reading *reading, const struct spec_place *place, const char *hint,
                      const char *text);

/* "KEY= is not …" for the -EINVAL and -ERANGE of value.h; `what` is "a time span", say. */
void reading_bad_value(struct reading *reading, int error, const char *what);

void reading_bad_specifier(struct reading *reading, size_t offset,
                           const struct specifier_problem *problem);

/* The directive at hand cannot be honoured; the last word on each key stands. 0 or -ENOMEM. */
int reading_refuse(struct reading *reading, const char *reason, bool is_sandbox) MUST_CHECK;
/* The directive at hand is off after all. */
void reading_take_back(struct reading *reading);

/* The field of the spec that the directive sets. */
void *reading_field(const struct reading *reading);

/* 1 and a word, 0 at the end or after a mistake (reported), -ENOMEM. */
int reading_word(struct reading *reading, struct words *words) MUST_CHECK;

/* What a word of a list adds to it: 1 item, 0 after a mistake (reported), or -ENOMEM. */
typedef int reading_item(struct reading *reading, const struct words *words, void *context);

/* All words of the value, for a list that has `count` items; beyond LIST_MAX the mistake is
 * reported. `flags`: those of words_init(). 0 or -ENOMEM. */
int reading_items(struct reading *reading, unsigned flags, unsigned count, reading_item *add,
                  void *context) MUST_CHECK;

/* Expands specifiers; 0 and *ret_text == NULL after a mistake (reported), -ENOMEM. */
int reading_expand_word(struct reading *reading, const struct words *words,
                        char **ret_text) MUST_CHECK;
int reading_expand_value(struct reading *reading, char **ret_text) MUST_CHECK;

/* Appends to a list in the arena; beyond LIST_MAX the mistake is reported. 0 or -ENOMEM. */
int reading_append(struct reading *reading, string_list *list, char *item) MUST_CHECK;

#endif
