#ifndef REEVE_INIT_ENVIRONMENT_PRIVATE_H
#define REEVE_INIT_ENVIRONMENT_PRIVATE_H

/* Between environment.c (all of an image) and environment_service.c (what it says of the service
 * itself). */

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

#endif
