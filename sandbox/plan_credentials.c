#include "sandbox/plan_private.h"

#include "sandbox/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Credentials. Others than the service's user can never read them. Against services of the same
 * user it takes a mount namespace, and that those have walls of their own: who may look into a
 * process (/proc/PID/root, ptrace(2)) needs no path.
 */

static const char *const names[] = {
    [CREDENTIAL_LOAD] = "LoadCredential",
    [CREDENTIAL_IMPORT] = "ImportCredential",
    [CREDENTIAL_SET] = "SetCredential",
};

bool plan_has_credentials(const struct exec_spec *exec)
{
    for (int kind = 0; kind < CREDENTIAL_KIND_COUNT; kind++)
        if (exec->credentials[kind])
            return true;
    return false;
}

bool plan_shares_credentials(const struct plan_builder *builder)
{
    return builder->context->credentials_directory && builder->context->shares_user &&
           plan_has_credentials(&builder->spec->exec);
}

/* --- the items --- */

static bool has_fallback(const struct exec_spec *exec, const char *name)
{
    for (const struct credential *at = exec->credentials[CREDENTIAL_SET]; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return true;
    return false;
}

/* What is given by its name alone may be missing (systemd.exec(5)). */
static bool is_optional(const struct exec_spec *exec, const struct credential *credential)
{
    return credential->source[0] != '/' || has_fallback(exec, credential->name);
}

static size_t source_size(const struct credential *credential, enum credential_kind kind)
{
    return kind == CREDENTIAL_SET ? credential->length : strlen(credential->source) + 1;
}

/* How many there are, and the room for what they point to. */
static size_t count(const struct exec_spec *exec, size_t *ret_size)
{
    size_t items = 0, size = 0;

    for (int kind = 0; kind < CREDENTIAL_KIND_COUNT; kind++)
        for (const struct credential *at = exec->credentials[kind]; at; at = at->next, items++)
            size += strlen(at->name) + 1 + source_size(at, (enum credential_kind)kind);
    *ret_size = size;
    return items;
}

static const char *append(char **end, const char *text, size_t size)
{
    char *copy = memcpy(*end, text, size);

    *end += size;
    return copy;
}

static void fill(struct credential_plan *plan, const struct exec_spec *exec, char *end)
{
    for (int kind = 0; kind < CREDENTIAL_KIND_COUNT; kind++)
        for (const struct credential *at = exec->credentials[kind]; at; at = at->next)
            plan->items[plan->count++] = (struct credential_item){
                .name = append(&end, at->name, strlen(at->name) + 1),
                .source = append(&end, at->source, source_size(at, (enum credential_kind)kind)),
                .length = (uint32_t)at->length,
                .kind = (uint8_t)kind,
                .is_optional = kind == CREDENTIAL_LOAD && is_optional(exec, at),
            };
}

static void keep(struct plan_builder *builder)
{
    const struct sandbox_context *context = builder->context;
    const char *received = context->received_credentials ? context->received_credentials : "";
    size_t size, items = count(&builder->spec->exec, &size);
    size_t directory_size = strlen(context->credentials_directory) + 1;
    size_t unit_size = strlen(builder->spec->name) + 1, received_size = strlen(received) + 1;
    struct credential_plan *plan =
        builder->error ? NULL
                       : calloc(1, sizeof(*plan) + items * sizeof(*plan->items) + directory_size +
                                       unit_size + received_size + size);
    char *end;

    if (!plan) {
        builder->error = builder->error ? builder->error : -ENOMEM;
        return;
    }
    end = (char *)&plan->items[items];
    plan->masks = context->masks;
    plan->directory = append(&end, context->credentials_directory, directory_size);
    plan->unit = append(&end, builder->spec->name, unit_size);
    plan->received = append(&end, received, received_size);
    if (received[0] != '/')
        plan->received = NULL;
    fill(plan, &builder->spec->exec, end);
    builder->plan->credentials = plan;
}

void plan_credential_tell(const struct credential_plan *plan, size_t index, char *text, size_t size)
{
    const struct credential_item *item = index < plan->count ? &plan->items[index] : NULL;

    if (item)
        snprintf(text, size, "%s=, '%s'", names[item->kind],
                 item->kind == CREDENTIAL_LOAD ? item->source : item->name);
    else
        snprintf(text, size, "%s, '%s'", stage_subject(STAGE_CREDENTIALS), plan->directory);
}

/* --- what cannot be read --- */

static bool is_in(const char *directory, const char *name)
{
    int fd = directory ? open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    bool is_there = fd >= 0 && faccessat(fd, name, F_OK, 0) == 0;

    if (fd >= 0)
        close(fd);
    return is_there;
}

static bool is_socket(const char *path)
{
    struct stat status;

    return path[0] == '/' && stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool is_in_stores(const struct plan_builder *builder, const char *name)
{
    if (is_in(builder->context->received_credentials, name))
        return true;
    for (const char *const *store = credential_stores; *store; store++)
        if (is_in(*store, name))
            return true;
    return false;
}

/* What is not there may come before the start. */
static void warn_of_source(struct plan_builder *builder, const struct credential *credential)
{
    const struct exec_spec *exec = &builder->spec->exec;
    struct plan_complaint complaint = {
        .directive = names[CREDENTIAL_LOAD],
        .asked = "set",
        .subject = credential->source,
        .place = credential->place,
    };

    if (is_socket(credential->source)) {
        complaint.reason = "it is a socket, which reeve does not connect to; with it, the unit "
                           "cannot start";
        complaint.hint = "let another unit write what it says to a file";
        plan_warn(builder, &complaint);
        return;
    }
    if (has_fallback(exec, credential->name))
        return;
    if (credential->source[0] != '/') {
        complaint.reason = "there is none of that name; the unit starts without it";
        complaint.hint =
            "it is looked for in $CREDENTIALS_DIRECTORY of reeve itself, /etc/credstore, "
            "/run/credstore, /usr/lib/credstore and /run/secrets";
        if (!is_in_stores(builder, credential->source))
            plan_note(builder, &complaint);
    } else if (access(credential->source, F_OK) < 0 && errno == ENOENT) {
        complaint.reason = "it is not there; without it, the unit cannot start";
        complaint.hint = "SetCredential= of the same name says what it is then";
        plan_warn(builder, &complaint);
    }
}

/* --- what holds --- */

static const char unwalled[] =
    "no other service sees them at a path, but one of the same user that has neither a user "
    "namespace nor a Landlock domain can look into the process";
static const char open_source[] =
    "another service can read where they come from, or could what comes there later; "
    "InaccessiblePaths= there hides it";
static const char in_unit_file[] = "who may read the unit file reads it there";
static const char readable[] =
    "without a mount namespace, every service of the same user can read them";

static struct sandbox_verdict judge(const struct plan_builder *builder)
{
    struct sandbox_verdict verdict = {
        .asked = "set",
        .reason = "",
        .mechanism = builder->plan->mounts ? SANDBOX_BY_MOUNTS : SANDBOX_BY_KERNEL,
        .strength = SANDBOX_FULL,
    };

    if (builder->context->shares_user) {
        verdict.reason = builder->plan->mounts ? unwalled : readable;
        verdict.strength = SANDBOX_PARTIAL;
    }
    return verdict;
}

void plan_credentials(struct plan_builder *builder)
{
    const struct exec_spec *exec = &builder->spec->exec;
    struct sandbox_verdict verdict = judge(builder);

    if (!plan_has_credentials(exec) || !builder->context->credentials_directory)
        return;
    keep(builder);
    for (const struct credential *at = exec->credentials[CREDENTIAL_LOAD]; at; at = at->next)
        warn_of_source(builder, at);
    for (int kind = 0; kind < CREDENTIAL_KIND_COUNT; kind++) {
        if (!exec->credentials[kind])
            continue;
        verdict.directive = names[kind];
        if (kind == CREDENTIAL_SET && verdict.reason != readable) {
            verdict.reason = in_unit_file;
            verdict.strength = SANDBOX_PARTIAL;
        }
        plan_verdict(builder, verdict);
        if (verdict.reason == readable)
            plan_fall_short(builder, &(struct plan_complaint){
                                         .directive = names[kind],
                                         .asked = "set",
                                         .reason = readable,
                                         .subject = exec->credentials[kind]->name,
                                         .place = exec->credentials[kind]->place,
                                     });
    }
}

/* --- beside others --- */

bool sandbox_plan_is_walled(const struct sandbox_plan *plan)
{
    return landlock_is_used(&plan->landlock) || mount_plan_ends_inside(plan->mounts);
}

void sandbox_plan_trust_others(struct sandbox_plan *plan)
{
    for (size_t i = 0; i < plan->verdict_count; i++) {
        if (plan->verdicts[i].reason != unwalled)
            continue;
        plan->verdicts[i].reason = "";
        plan->verdicts[i].strength = SANDBOX_FULL;
    }
}

static bool is_of_sources(const struct sandbox_verdict *verdict)
{
    return strcmp(verdict->directive, names[CREDENTIAL_LOAD]) == 0 ||
           strcmp(verdict->directive, names[CREDENTIAL_IMPORT]) == 0;
}

void sandbox_plan_distrust_sources(struct sandbox_plan *plan)
{
    for (size_t i = 0; i < plan->verdict_count; i++) {
        if (!is_of_sources(&plan->verdicts[i]) || plan->verdicts[i].strength != SANDBOX_FULL)
            continue;
        plan->verdicts[i].reason = open_source;
        plan->verdicts[i].strength = SANDBOX_PARTIAL;
    }
}

bool sandbox_plan_publishes_credentials(const struct sandbox_plan *plan)
{
    return plan->credentials && !plan->mounts;
}
