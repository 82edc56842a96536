#include "supervisor/ctl/learn_proposal.h"

#include "supervisor/ctl/words.h"
#include "supervisor/files/needs.h"

#include <string.h>

FILE *proposal_begin(struct proposal_text *text)
{
    *text = (struct proposal_text){ 0 };
    text->stream = open_memstream(&text->bytes, &text->size);
    return text->stream;
}

const char *proposal_finish(struct proposal_text *text, struct proposal *proposal)
{
    const char *copy = NULL;

    if (text->stream && fclose(text->stream) == 0)
        copy = arena_string(&proposal->learn->facts.arena, text->bytes);
    free(text->bytes);
    return copy ? copy : "";
}

void proposal_add(struct proposal *proposal, const char *directive, const char *value,
                  const char *evidence)
{
    if (proposal->count < PROPOSAL_LINES_MAX)
        proposal->lines[proposal->count++] =
            (struct proposal_line){ .directive = directive, .value = value, .evidence = evidence };
}

const char *proposal_evidence(struct proposal *proposal, const char *what,
                              const struct learn_evidence *evidence)
{
    struct proposal_text text;

    if (!proposal_begin(&text))
        return "";
    fprintf(text.stream, "%s%s", what, what[0] ? ": " : "");
    if (evidence->count > 1)
        fprintf(text.stream, "%llu times, first ", (unsigned long long)evidence->count);
    words_put_safe(text.stream, evidence->first);
    return proposal_finish(&text, proposal);
}

const struct learn_evidence *proposal_fact(const struct proposal *proposal, enum learn_fact which)
{
    return &proposal->learn->facts.facts[which];
}

/* --- the text --- */

/* Words to lines of comments. */
static void put_comment(FILE *out, const char *prefix, const char *text)
{
    size_t column = 0;

    while (*text) {
        size_t length = strcspn(text, " ");

        if (column > 0 && column + 1 + length > PROPOSAL_WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column == 0 ? prefix : " ", (int)length, text);
        if (prefix[2] == '-')
            prefix = "#   ";
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void put_line(FILE *out, const struct proposal_line *line)
{
    char text[512];

    if (!line->value) {
        snprintf(text, sizeof(text), "%s= %s", line->directive, line->evidence);
        put_comment(out, "# ", text);
        return;
    }
    if (line->evidence)
        put_comment(out, "# ", line->evidence);
    if (line->obstacle) {
        snprintf(text, sizeof(text), "not held here: %s", line->obstacle);
        put_comment(out, "#   ", text);
    }
    fprintf(out, "%s%s=%s\n", line->obstacle ? "#" : "", line->directive, line->value);
}

void proposal_put_lines(FILE *out, const struct proposal *proposal)
{
    fputs("[Service]\n", out);
    for (size_t i = 0; i < proposal->count; i++)
        put_line(out, &proposal->lines[i]);
}

void proposal_put_head(FILE *out, const struct proposal *proposal)
{
    const struct learn *learn = proposal->learn;
    char text[512], span[WORDS_SPAN_SIZE], time[WORDS_TIME_SIZE];

    words_span(learn->duration_us, span);
    words_timestamp(learn->started_us, time);
    snprintf(text, sizeof(text),
             "%s, as 'reevectl learn' watched it for %s, from %s: %llu system calls that were "
             "looked at. Allowed is what it did then, and no more: use it as it is used, and look "
             "at each line.",
             learn->spec->name, span, time, (unsigned long long)learn->facts.call_count);
    put_comment(out, "# ", text);
}

static const struct {
    enum learn_fact fact;
    const char *text;
} blind[] = {
    { LEARN_BLIND_RING, "what went through an io_uring: files and sockets may be missing" },
    { LEARN_BLIND_MEMORY, "arguments of a process that could not be read" },
    { LEARN_BLIND_NAMESPACE, "paths in another root directory or mount namespace" },
    { LEARN_BLIND_LISTENER,
      "what it does with a listener of its own, which it could not have below this one" },
    { LEARN_BLIND_UNKNOWN, "what these are: system calls that reeve has no name for" },
    { LEARN_BLIND_NAME, "paths with control characters, which were written to" },
    { LEARN_BLIND_MANY, "paths beyond the first 256" },
};

void proposal_put_blind(FILE *out, const struct proposal *proposal)
{
    const struct service_spec *service = &proposal->learn->spec->service;

    fputs("\n# Not seen:\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(blind); i++) {
        const struct learn_evidence *evidence = proposal_fact(proposal, blind[i].fact);
        char text[512];

        if (evidence->count == 0)
            continue;
        snprintf(text, sizeof(text), "%s (%llu times, first %s)", blind[i].text,
                 (unsigned long long)evidence->count, evidence->first);
        put_comment(out, "# - ", text);
    }
    if (service->exec_start_post || service->exec_reload || service->exec_stop_post)
        put_comment(out, "# - ",
                    "ExecStartPost=, ExecReload= and ExecStopPost=, which were not run");
    if (needs_credentials(proposal->learn->spec))
        put_comment(out, "# - ", "what it does with credentials, of which it was given none");
    put_comment(out, "# - ",
                "calls that a filter of the container refuses before they come to us, and what the "
                "kernel answered to any");
    put_comment(out, "# - ", "what another place, another version or another load makes it do");
}
