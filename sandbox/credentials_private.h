#ifndef REEVE_SANDBOX_CREDENTIALS_PRIVATE_H
#define REEVE_SANDBOX_CREDENTIALS_PRIVATE_H

/* Shared by credentials.c and credentials_put.c only: what a pack looks like. */

#include "sandbox/credentials.h"

/* One after the other, aligned. */
struct credential_file {
    uint32_t name_size; /* with its NUL */
    uint32_t size;      /* of the contents, which come behind it */
    char name[];
};

struct credential_pack {
    size_t used;    /* of bytes */
    size_t left;    /* of CREDENTIALS_SIZE_MAX */
    unsigned count; /* of files */
    _Alignas(struct credential_file) char bytes[];
};

/* The one after `file`, or the first when that is NULL; NULL at the end. */
const struct credential_file *credential_file_next(const struct credential_pack *pack,
                                                   const struct credential_file *file);

#endif
