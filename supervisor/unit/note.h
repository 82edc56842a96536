#ifndef REEVE_UNIT_NOTE_H
#define REEVE_UNIT_NOTE_H

/* What a note of the engine says in words: reeve's log and `reevectl simulate` use the same. */

#include "supervisor/unit/engine.h"

enum { NOTE_TEXT = 384 }; /* bytes that any note fits into; names are at most UNIT_NAME_MAX */

/* As syslog(3) counts. */
enum note_priority {
    NOTE_PRIORITY_ERROR = 3,
    NOTE_PRIORITY_WARNING = 4,
    NOTE_PRIORITY_NOTICE = 5,
    NOTE_PRIORITY_INFO = 6,
    NOTE_PRIORITY_DEBUG = 7, /* told by the simulator only: a process that ended well */
};

/* The text, without the unit's name in front, goes to `buffer`; the return value is its weight. */
enum note_priority note_format(const struct unit_set *set, const struct unit_action *action,
                               char *buffer, size_t size);

/* "exited, status=1/FAILURE", "killed, status=9/KILL": what became of a process. */
void exit_format(struct process_exit exit, char *buffer, size_t size);

/* Why engine_request() refused, for people; `error` is what it returned. */
const char *request_error_text(int error);

#endif
