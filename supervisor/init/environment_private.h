#ifndef REEVE_INIT_ENVIRONMENT_PRIVATE_H
#define REEVE_INIT_ENVIRONMENT_PRIVATE_H

/* Between environment.c (all of an image), environment_service.c (what it says of the service
 * itself) and environment_words.c (its command line). */

#include "supervisor/init/environment.h"

/* Adds NAME=value; a later assignment of the same name wins. The text must outlive the image. NULL:
 * -E2BIG. */
int image_put(struct image *image, char *assignment) MUST_CHECK;
PRINTF_LIKE(2, 3) int image_putf(struct image *image, const char *format, ...) MUST_CHECK;
/* Formats into the buffer only; the text ends in NUL, which the next one follows. */
PRINTF_LIKE(2, 3) int image_append(struct image *image, const char *format, ...) MUST_CHECK;

/* $NOTIFY_SOCKET, $MAINPID, $SERVICE_RESULT, $LISTEN_FDS … as far as this command gets them. */
int image_put_service(struct image *image, const struct pod *pod, unit_id id,
                      const struct exec_command *command) MUST_CHECK;

/* The value of a variable; "" when it is not set, as whatever is no name. */
const char *image_value(struct image *image, const char *name, size_t length);

/* Adds to argv: the word as it is; NULL or no room: -E2BIG. */
int image_add_word(struct image *image, char *word) MUST_CHECK;
/* The same with its variables replaced, when the command wants that: any number of words. */
int image_add_argument(struct image *image, const struct exec_command *command,
                       char *word) MUST_CHECK;

#endif
