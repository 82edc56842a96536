#include "sandbox/filter.h"

#include "sandbox/filter_code.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NEIGHBOURS_MAX = 2 }; /* architectures with one audit value */

struct filter {
    unsigned references; /* PID 1 has one thread */
    unsigned short count;
    struct sock_filter code[];
};

/* What it takes to compile: too much for a stack. */
struct compiler {
    struct filter_rules rules[NEIGHBOURS_MAX];
    struct filter_code code;
    bool is_full;
};

static bool list_is_equal(const struct call_list *a, const struct call_list *b)
{
    if (!a || !b)
        return a == b;
    return a->is_allow_list == b->is_allow_list &&
           memcmp(a->answers, b->answers, sizeof(a->answers)) == 0;
}

bool filter_request_is_equal(const struct filter_request *a, const struct filter_request *b)
{
    return a->seal_key == b->seal_key && a->supervisor == b->supervisor && a->flags == b->flags &&
           a->namespaces == b->namespaces && a->architectures == b->architectures &&
           a->has_personality == b->has_personality && a->personality == b->personality &&
           a->error_number == b->error_number && a->families.has_words == b->families.has_words &&
           a->families.is_allow_list == b->families.is_allow_list &&
           a->families.bits == b->families.bits && list_is_equal(a->filter, b->filter) &&
           list_is_equal(a->log, b->log);
}

/* A program of an architecture that is not allowed dies of its first call. */
static void refuse_all(struct filter_rules *rules, const struct filter_architecture *architecture)
{
    rules->architecture = architecture;
    rules->count = 0;
    rules->is_full = false;
    rules->fallback = SECCOMP_RET_KILL_PROCESS;
    for (size_t i = 0; i < FILTER_NUMBERS; i++)
        rules->verdicts[i] = SECCOMP_RET_KILL_PROCESS;
}

/* Those up to `last` that have its audit value; returns how many. */
static size_t compile_neighbours(struct compiler *compiler, const struct filter_request *request,
                                 const struct filter_architecture *first, size_t last)
{
    const struct filter_rules *rules[NEIGHBOURS_MAX];
    size_t start = last, count;

    while (start > 0 && first[start - 1].audit == first[last].audit)
        start--;
    count = last - start + 1;
    if (count > NEIGHBOURS_MAX)
        count = NEIGHBOURS_MAX;
    for (size_t i = 0; i < count; i++) {
        rules[i] = &compiler->rules[i];
        if (filter_allows_architecture(request, &first[start + i]))
            filter_rules_make(request, &first[start + i], &compiler->rules[i]);
        else
            refuse_all(&compiler->rules[i], &first[start + i]);
        compiler->is_full |= compiler->rules[i].is_full;
    }
    filter_code_architecture(&compiler->code, rules, count);
    return count;
}

/* From the last architecture to the native one, which is first: see filter_code.h. */
static void compile(struct compiler *compiler, const struct filter_request *request)
{
    size_t count;
    const struct filter_architecture *architectures = filter_architectures(&count);

    /* A foreign call number means nothing to these rules, so no errno would be right. */
    filter_code_init(&compiler->code, SECCOMP_RET_KILL_PROCESS);
    while (count > 0)
        count -= compile_neighbours(compiler, request, architectures, count - 1);
    filter_code_finish(&compiler->code);
    compiler->is_full |= compiler->code.is_full;
}

int filter_new(const struct filter_request *request, struct filter **ret_filter)
{
    cleanup_free struct compiler *compiler = calloc(1, sizeof(*compiler));
    const struct sock_filter *program;
    struct filter *filter;
    size_t count, size;

    if (!compiler)
        return -ENOMEM;
    compile(compiler, request);
    if (compiler->is_full)
        return -E2BIG;
    program = filter_code_program(&compiler->code, &count);
    size = count * sizeof(*program);
    filter = malloc(sizeof(*filter) + size);
    if (!filter)
        return -ENOMEM;
    filter->references = 1;
    filter->count = (unsigned short)count;
    memcpy(filter->code, program, size);
    *ret_filter = filter;
    return 0;
}

struct filter *filter_ref(struct filter *filter)
{
    filter->references++;
    return filter;
}

struct filter *filter_unref(struct filter *filter)
{
    if (filter && --filter->references == 0)
        free(filter);
    return NULL;
}

int filter_install(const struct filter *filter)
{
    struct sock_fprog program = {
        .len = filter->count,
        .filter = (struct sock_filter *)filter->code,
    };

    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}

const void *filter_code(const struct filter *filter, size_t *ret_count)
{
    *ret_count = filter->count;
    return filter->code;
}
