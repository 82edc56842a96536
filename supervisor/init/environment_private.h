#ifndef REEVE_INIT_ENVIRONMENT_PRIVATE_H
#define REEVE_INIT_ENVIRONMENT_PRIVATE_H

/* Between environment.c (all of an image) and environment_service.c (what it says of the service
 * itself). */

#include "supervisor/init/environment.h"

/* $NOTIFY_SOCKET, $MAINPID, $SERVICE_RESULT, $LISTEN_FDS … as far as this command gets them. */
int image_put_service(struct image *image, const struct pod *pod, unit_id id,
                      const struct exec_command *command) MUST_CHECK;

#endif
