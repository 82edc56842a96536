#ifndef REEVE_FILES_FIRST_ENTRY_H
#define REEVE_FILES_FIRST_ENTRY_H

/*
 * Whether there is anything in a directory, as DirectoryNotEmpty= and ConditionDirectoryNotEmpty=
 * ask: what is hidden, or looks like a backup or what a package manager leaves, does not count.
 */

#include <limits.h>

/* 1 and the name of an entry that counts; 0: none; -E2BIG: so many do not count that the rest was
 * not looked at; or what the directory could not be read for. */
int first_entry(const char *path, char ret_name[NAME_MAX + 1]);

#endif
