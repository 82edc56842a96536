#include "supervisor/ctl/learn_proposal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a unit may write to, of the paths that were written to. */

enum { MODE_SIZE = 8 };

/* By another path of the list, or by what the unit says itself. */
static bool is_covered(const struct learn *learn, size_t which)
{
    const char *path = learn->facts.written[which].path;

    for (string_list own = learn->own_paths; own && *own; own++)
        if (learn_is_at_or_below(path, *own))
            return true;
    for (size_t i = 0; i < learn->facts.written_count; i++) {
        const char *other = learn->facts.written[i].path;

        if (i != which && learn_is_at_or_below(path, other))
            return true;
    }
    return false;
}

static const char special[] = " \t\"'\\%"; /* in a value */

/* "/var/lib/x" and below, where x is the service's own, is StateDirectory=x. NULL: it is not. */
static const char *find_directory(struct proposal *proposal, const char *path,
                                  const char **ret_directive, char *ret_mode)
{
    static const char *const directives[DIRECTORY_KIND_COUNT] = {
        [DIRECTORY_STATE] = "StateDirectory",
        [DIRECTORY_CACHE] = "CacheDirectory",
        [DIRECTORY_LOGS] = "LogsDirectory",
    };

    for (int kind = 0; kind < DIRECTORY_KIND_COUNT; kind++) {
        const char *root = proposal->learn->set.roots.directory[kind];
        size_t length = strlen(root);
        char directory[PATH_MAX];
        struct stat status;

        if (!directives[kind] || strncmp(path, root, length) != 0 || path[length] != '/')
            continue;
        length += 1 + strcspn(path + length + 1, "/");
        /* Such a name would be another word there, or a link. */
        if (strcspn(path, special) < length ||
            memchr(path + strlen(root), ':', length - strlen(root)))
            return NULL;
        snprintf(directory, sizeof(directory), "%.*s", (int)length, path);
        if (lstat(directory, &status) < 0 || !S_ISDIR(status.st_mode) ||
            status.st_uid != geteuid() || geteuid() == 0)
            return NULL;
        snprintf(ret_mode, MODE_SIZE, "%04o", (unsigned)status.st_mode & 07777U);
        *ret_directive = directives[kind];
        return arena_string(&proposal->learn->facts.arena, strrchr(directory, '/') + 1);
    }
    return NULL;
}

static const char *quoted(struct proposal *proposal, const char *path, bool is_optional)
{
    struct proposal_text text;

    if (!proposal_begin(&text))
        return "";
    fputs(is_optional ? "\"-" : "\"", text.stream);
    for (; *path; path++)
        fprintf(text.stream, "%s%c",
                *path == '"' || *path == '\\' ? "\\"
                : *path == '%'                ? "%"
                                              : "",
                *path);
    fputc('"', text.stream);
    return proposal_finish(&text, proposal);
}

static const char *plain_or_quoted(struct proposal *proposal, const char *path)
{
    bool is_optional = access(path, F_OK) < 0;

    if (!is_optional && !strpbrk(path, special))
        return path;
    return quoted(proposal, path, is_optional);
}

static void propose_path(struct proposal *proposal, const struct learn_path *path)
{
    const char *evidence = proposal_evidence(proposal, "", &path->evidence), *directive;
    char mode[MODE_SIZE];
    const char *name = find_directory(proposal, path->path, &directive, mode);

    if (!name) {
        proposal_add(proposal, "ReadWritePaths", plain_or_quoted(proposal, path->path), evidence);
        return;
    }
    for (size_t i = 0; i < proposal->count; i++)
        if (strcmp(proposal->lines[i].directive, directive) == 0 &&
            strcmp(proposal->lines[i].value, name) == 0)
            return;
    proposal_add(proposal, directive, name, evidence);
    if (strcmp(mode, "0755") != 0)
        proposal_add(proposal,
                     strcmp(directive, "StateDirectory") == 0   ? "StateDirectoryMode"
                     : strcmp(directive, "CacheDirectory") == 0 ? "CacheDirectoryMode"
                                                                : "LogsDirectoryMode",
                     arena_string(&proposal->learn->facts.arena, mode), "as it is");
}

void proposal_add_paths(struct proposal *proposal)
{
    const struct learn_facts *facts = &proposal->learn->facts;

    for (size_t i = 0; i < facts->written_count; i++)
        if (strcmp(facts->written[i].path, "/") == 0) {
            proposal_add(proposal, "ProtectSystem", NULL,
                         proposal_evidence(
                             proposal, "not proposed, as it writes to the root directory itself",
                             &facts->written[i].evidence));
            return;
        }
    proposal_add(proposal, "ProtectSystem", "strict",
                 "read-only is all but /dev, /proc, /sys and what was written to:");
    for (size_t i = 0; i < facts->written_count; i++)
        if (!is_covered(proposal->learn, i))
            propose_path(proposal, &facts->written[i]);
    if (proposal_fact(proposal, LEARN_REFUSED)->count > 0)
        proposal_add(proposal, "ReadWritePaths", NULL,
                     proposal_evidence(proposal, "not for what was refused to it already",
                                       proposal_fact(proposal, LEARN_REFUSED)));
}
