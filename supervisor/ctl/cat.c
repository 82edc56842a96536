/* `reevectl cat`: the files that a unit was loaded from, as they are on disk now. */
#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- secrets are not shown --- */

static bool is_comment(const char *line)
{
    line += strspn(line, " \t");
    return *line == '#' || *line == ';';
}

static bool is_continued(const char *line)
{
    size_t length = strcspn(line, "\r\n");

    return length > 0 && line[length - 1] == '\\';
}

/* The value of SetCredential=, up to what is the secret; NULL for any other line. */
static const char *find_secret(const char *line)
{
    static const char key[] = "SetCredential";
    const char *at = line + strspn(line, " \t"), *colon;

    if (strncmp(at, key, strlen(key)) != 0)
        return NULL;
    at += strlen(key);
    at += strspn(at, " \t");
    if (*at != '=')
        return NULL;
    colon = strchr(at, ':');
    return colon ? colon + 1 : at + 1;
}

/* All that comes after a secret has begun, over lines that go on, is part of it. */
static void print_lines(FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    bool is_within = false, was_secret = false; /* a line that goes on; a secret one */

    while (getline(&line, &size, file) >= 0) {
        const char *secret = is_within ? NULL : find_secret(line);

        if (is_within && is_comment(line)) {
            fputs(line, stdout);
            continue;
        }
        if (secret && strcspn(secret, "\r\n") > 0)
            printf("%.*s(not shown)\n", (int)(secret - line), line);
        else if (!is_within || !was_secret)
            fputs(line, stdout);
        was_secret = is_within ? was_secret : secret != NULL;
        is_within = !(is_comment(line) && !is_within) && is_continued(line);
    }
    free(line);
}

/* Prints one file below a comment with its path. */
static int print_file(const char *path)
{
    FILE *file = fopen(path, "re");

    if (!file) {
        fprintf(stderr, "Failed to open '%s': %s\n", path, strerror(errno));
        return CTL_FAILURE;
    }
    printf("# %s\n", path);
    print_lines(file);
    fclose(file);
    return CTL_OK;
}

static int print_files(const struct details *unit)
{
    char *copy = strdup(details_text(unit, "DropInPaths")), *rest = copy, *path;
    int result;

    if (details_number(unit, "NeedDaemonReload"))
        printf("# Warning: %s changed on disk, the version reeve has loaded is outdated.\n"
               "# This output shows the current version of the unit's original fragment and "
               "drop-in files.\n"
               "# If fragments or drop-ins were added or removed, they are not properly reflected "
               "in this output.\n"
               "# Run 'reevectl daemon-reload' to reload units.\n",
               details_text(unit, "Id"));
    result = print_file(details_text(unit, "FragmentPath"));
    while (result == CTL_OK && rest && (path = strsep(&rest, " ")))
        if (*path) {
            putchar('\n');
            result = print_file(path);
        }
    free(copy);
    return result;
}

int verb_cat(struct ctl *ctl)
{
    int result = CTL_OK;

    if (!ctl->units[0]) {
        fputs("reevectl: Which unit? See 'reevectl list-units'.\n", stderr);
        return CTL_FAILURE;
    }
    for (size_t i = 0; ctl->units[i] && result == CTL_OK; i++) {
        struct details unit = { 0 };
        char name[WIRE_NAME_SIZE];
        int error = about_fetch(ctl, ctl->units[i], true, &unit);

        model_unit_name(ctl->units[i], name);
        if (i > 0)
            putchar('\n');
        if (error == 0 && details_text(&unit, "FragmentPath")[0]) {
            result = print_files(&unit);
        } else {
            if (error == 0 || error == -ENOENT)
                fprintf(stderr, "No files found for %s.\n", name);
            result = CTL_FAILURE;
        }
        details_release(&unit);
    }
    return result;
}
