#ifndef REEVE_FILES_IMAGE_H
#define REEVE_FILES_IMAGE_H

/*
 * argv and environment of one process of a unit, built in a fixed scratch buffer: no allocation,
 * and a unit that asks for more than fits fails with -E2BIG instead of costing memory for ever.
 * What goes in, and in which order, is for whoever starts the process: PID 1
 * (supervisor/init/environment.c), or `reevectl learn`.
 */

#include "supervisor/files/identity.h"
#include "supervisor/unit/unit_set.h"

enum {
    SCRATCH_SIZE = 128 * 1024,   /* argv and environment of one child */
    STRINGS_MAX = 1024,          /* words in argv or environment of one child */
    ENVIRONMENT_FILES_MAX = 256, /* that one EnvironmentFile= pattern brings */
    PID_TEXTS = 3,
};

struct image {
    char *argv[STRINGS_MAX];
    char *envp[STRINGS_MAX];
    char *pid_texts[PID_TEXTS]; /* values that shall be the child's own pid */
    size_t argc, envc, pid_count;
    size_t used;
    const char *bad_file; /* the EnvironmentFile= that could not be used; NULL */
    char bytes[SCRATCH_SIZE];
};

/* Empty again. */
void image_clear(struct image *image);

/* --- the environment --- */

/* What our own environment has, or of it what PassEnvironment= names; but nothing that is about us
 * and would mislead a service; a $PATH in any case. -E2BIG. */
int image_inherit(struct image *image, const struct unit_spec *spec) MUST_CHECK;

/* Adds NAME=value; a later assignment of the same name wins. The text must outlive the image. NULL:
 * -E2BIG. */
int image_put(struct image *image, char *assignment) MUST_CHECK;
PRINTF_LIKE(2, 3) int image_putf(struct image *image, const char *format, ...) MUST_CHECK;
/* Formats into the buffer only; the text ends in NUL, which the next one follows. */
PRINTF_LIKE(2, 3) int image_append(struct image *image, const char *format, ...) MUST_CHECK;

/* $USER, $HOME and so on; `identity` is NULL where the unit names nobody. */
int image_put_user(struct image *image, const struct unit_roots *roots,
                   const struct identity *identity) MUST_CHECK;
/* $STATE_DIRECTORY and its kin. */
int image_put_directories(struct image *image, const struct unit_roots *roots,
                          const struct unit_spec *spec) MUST_CHECK;

/* Whoever is to be told its own pid: $LISTEN_PID and the like. */
int image_put_pid(struct image *image, const char *name) MUST_CHECK;
/* For the child: they become its pid. Makes no system call. */
void image_set_pid(struct image *image, pid_t pid);

/* EnvironmentFile=. 0, -E2BIG, or the errno of one that is not optional (image->bad_file). */
int image_put_files(struct image *image, const struct unit_spec *spec) MUST_CHECK;

/* UnsetEnvironment=, and a single name. */
void image_unset(struct image *image, const struct unit_spec *spec);
void image_drop(struct image *image, const char *name);

bool image_has(struct image *image, const char *name);
/* The value of a variable; "" when it is not set, as whatever is no name. */
const char *image_value(struct image *image, const char *name, size_t length);

/* --- the command line (image_words.c) --- */

/* All words of the command, with their variables replaced, when it wants that; -E2BIG. */
int image_add_command(struct image *image, const struct exec_command *command) MUST_CHECK;

#endif
