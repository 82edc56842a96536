/* `reevectl cat`: the files that a unit was loaded from, as they are on disk now. */
#include "supervisor/ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Prints one file below a comment with its path. */
static int print_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char block[4096];
    size_t length;

    if (!file) {
        fprintf(stderr, "Failed to open '%s': %s\n", path, strerror(errno));
        return CTL_FAILURE;
    }
    printf("# %s\n", path);
    while ((length = fread(block, 1, sizeof(block), file)) > 0)
        fwrite(block, 1, length, stdout);
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
