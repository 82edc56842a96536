#ifndef REEVE_SANDBOX_CREDENTIALS_H
#define REEVE_SANDBOX_CREDENTIALS_H

/*
 * LoadCredential=, ImportCredential= and SetCredential=: files that a service finds below
 * $CREDENTIALS_DIRECTORY, made by its own child between fork and exec, since PID 1 may wait for no
 * storage.
 *
 * First everything is read into memory, as the user of PID 1 and before anything is covered: the
 * pack. Then the pack is written into a file system that only this process and what it starts can
 * see (mounts.h), or, where there is none, into a directory that is closed to other users. So each
 * process of a unit has what the sources say at that moment; nothing is left when it is gone.
 */

#include "sandbox/identity.h"
#include "supervisor/unit/unit_spec.h"

#include <stdint.h>

enum {
    CREDENTIALS_SIZE_MAX = 1024 * 1024, /* of a unit: names and contents; as in systemd */
    CREDENTIALS_MAX = 1024,             /* files of a unit; as in systemd */
};

/* Before the name of a directory that is not complete yet. */
#define CREDENTIALS_UNFINISHED ".new."

struct credential_item {
    const char *name;   /* as in struct credential (unit_spec.h) */
    const char *source; /* likewise */
    uint32_t length;    /* of what SetCredential= says */
    uint8_t kind;       /* enum credential_kind */
    bool is_optional;   /* nobody minds when the source is not there */
};

/* For free(3), with all that it points to. */
struct credential_plan {
    const char *directory;    /* where the directories of all units lie: "/run/credentials" */
    const char *unit;         /* the name of this one's */
    const char *received;     /* $CREDENTIALS_DIRECTORY of PID 1 itself; NULL: none */
    struct mask_table *masks; /* borrowed; NULL: no log has to be kept clean */
    uint16_t count;
    struct credential_item items[];
};

/* Where a credential is looked for that is given by its name only; the first that has it counts.
 * NULL after the last; the one that PID 1 itself received comes before these. */
extern const char *const credential_stores[];

struct credential_pack;

/* For the child. A pack in memory of its own, which an exec gives back. 0, or a negative errno with
 * the index of the item in *ret_item; -E2BIG: too much. */
int credentials_pack(const struct credential_plan *plan, struct credential_pack **ret_pack,
                     int *ret_item) MUST_CHECK;

/* Their fingerprints, for who masks them in the log. */
void credentials_mask(const struct credential_plan *plan, const struct credential_pack *pack);

/* The directory of the unit in `parent`, unless the pack is empty; owned by `owner` (NULL: by
 * whoever we are). 0 or a negative errno. */
int credentials_unpack(const struct credential_pack *pack, int parent, const char *name,
                       const struct sandbox_identity *owner) MUST_CHECK;

/* The same in the directory of the plan, where it is no file system of its own; what is there
 * already, by an earlier process of the unit, stays. */
int credentials_publish(const struct credential_plan *plan, const struct credential_pack *pack,
                        const struct sandbox_identity *owner) MUST_CHECK;

#endif
