#ifndef REEVE_FILES_ENVIRONMENT_FILE_H
#define REEVE_FILES_ENVIRONMENT_FILE_H

/*
 * The text of an EnvironmentFile= (systemd.exec(5)): a small shell without expansion. Pure.
 *
 * NAME=value lines; comments begin with "#" or ";"; a backslash joins lines, and outside of quotes
 * takes the meaning off any character; within double quotes only off "\"\\`$", within single quotes
 * off none. A line without "=" says nothing, and what is no variable's name is passed over.
 */

#include "supervisor/unit/macro.h"

#include <stddef.h>

/*
 * Calls `put` for each "NAME=value", in the order of the file; its first error ends the walk and is
 * returned. The text is overwritten, size + 1 bytes of it, and holds the assignments afterwards.
 * -EBADMSG: it has a NUL inside; -EILSEQ: it is no UTF-8.
 */
int environment_file_parse(char *text, size_t size, int (*put)(void *context, char *assignment),
                           void *context) MUST_CHECK;

#endif
