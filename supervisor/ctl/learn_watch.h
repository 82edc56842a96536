#ifndef REEVE_CTL_LEARN_WATCH_H
#define REEVE_CTL_LEARN_WATCH_H

/* Between learn_watch.c (which calls are looked at) and learn_watch_path.c (those with paths). */

#include "supervisor/ctl/learn.h"

struct sighting;

/* What is to be looked at in a call. Arguments are counted from 1; 0: it has none. */
struct watch {
    void (*look)(const struct sighting *sighting);
    unsigned directory, path;     /* 0: relative to the working directory */
    unsigned directory_2, path_2; /* of a second path */
    unsigned flags, mode;
};

/* One call that waits. */
struct sighting {
    struct learn_facts *facts;
    const struct watch *watch;
    const uint64_t *arguments;
    enum call call;
    pid_t pid;
};

/* 0 for an argument that the call has not. */
uint64_t sighting_argument(const struct sighting *sighting, unsigned argument);
void sighting_note(const struct sighting *sighting, enum learn_fact fact, const char *what);

void watch_path(const struct sighting *sighting);       /* only names it */
void watch_open(const struct sighting *sighting);       /* with flags */
void watch_openat2(const struct sighting *sighting);    /* the same, flags in memory */
void watch_made(const struct sighting *sighting);       /* makes the (last) path */
void watch_removed(const struct sighting *sighting);    /* takes it away */
void watch_renamed(const struct sighting *sighting);    /* from the first to the second */
void watch_content(const struct sighting *sighting);    /* writes to what is there */
void watch_attribute(const struct sighting *sighting);  /* mode, owner, times of what is there */
void watch_descriptor(const struct sighting *sighting); /* the same, by a descriptor (`flags`) */
/* bind() of a Unix socket; not canonical, perhaps relative. */
void watch_socket_path(const struct sighting *sighting, const char *path);

#endif
