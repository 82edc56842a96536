#include "supervisor/health/verdict_private.h"

#include "supervisor/health/text.h"
#include "supervisor/unit/exit_status.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* --- in words --- */

enum { CLAUSE_SIZE = 2 * WIRE_TEXT_SIZE, SENTENCE_SIZE = 5 * WIRE_TEXT_SIZE };

/* "signal KILL", "exit status 203/EXEC", "timeout". */
static void describe_end(const struct wire_state *state, char text[WIRE_TEXT_SIZE])
{
    static const char *const told_by_exit[] = { "", "success", "exit-code", "signal", "core-dump" };
    bool is_told_by_exit = false;
    const char *name;

    for (size_t i = 0; i < ARRAY_SIZE(told_by_exit); i++)
        is_told_by_exit |= strcmp(state->result, told_by_exit[i]) == 0;
    if (!is_told_by_exit || state->exit_code == 0) {
        snprintf(text, WIRE_TEXT_SIZE, "%s", state->result);
    } else if (state->exit_code == CLD_EXITED) {
        name = state->exit_status > 1 ? exit_status_name(state->exit_status) : NULL;
        snprintf(text, WIRE_TEXT_SIZE, "exit status %d%s%s", state->exit_status, name ? "/" : "",
                 name ? name : "");
    } else {
        name = sigabbrev_np(state->exit_status);
        snprintf(text, WIRE_TEXT_SIZE, "signal %s%s", name ? name : "unknown",
                 state->exit_code == CLD_DUMPED ? ", core dumped" : "");
    }
}

static const char *describe_unready(const struct row *row)
{
    switch ((enum wire_active)row->state.active) {
    case WIRE_ACTIVATING:
        return "is starting";
    case WIRE_ACTIVE:
    case WIRE_RELOADING:
        return "runs, but its probe has not succeeded yet";
    case WIRE_DEACTIVATING:
        return "is stopping";
    case WIRE_FAILED:
    case WIRE_INACTIVE:
        break;
    }
    if (row->state.is_blocked)
        return "could not start without what it requires";
    return row->state.is_wanted || row->state.job != 0 ? "waits to be started" : "was stopped";
}

/* What is said after the name of a unit that is not well: "failed: signal KILL". */
static void describe_trouble(const struct row *row, char text[CLAUSE_SIZE])
{
    const struct row_probe *worst = row_worst_probe(row);
    bool is_probed = worst && worst->record.is_known && !worst->record.is_good;
    const char *what = NULL, *detail = is_probed ? worst->record.message : "";
    char end[WIRE_TEXT_SIZE] = "";

    describe_end(&row->state, end);
    switch (unit_verdict(row)) {
    case UNIT_WELL:
    case UNIT_IDLE:
        what = "is well";
        detail = "";
        break;
    case UNIT_UNREADY:
        what = describe_unready(row);
        if (row->state.active != WIRE_INACTIVE && verdict_has_failed_result(row)) {
            what = "is to be restarted";
            detail = end;
        } else if (row->state.active == WIRE_ACTIVATING && row->state.restarts > 0) {
            what = "is starting again";
        }
        break;
    case UNIT_UNHEALTHY:
        what = "is unhealthy";
        break;
    case UNIT_FAILED:
        what = "failed";
        detail = end;
        break;
    }
    snprintf(text, CLAUSE_SIZE, "%s%s%s", what, detail[0] ? ": " : "", detail);
}

static const char *is_kept_back(const struct row *root, bool is_one)
{
    if (verdict_trouble(root) == TROUBLE_WAITING)
        return is_one ? "waits for" : "wait for";
    return is_one ? "is blocked by" : "are blocked by";
}

void unit_explain(const struct table *table, const struct row *row,
                  char ret_sentence[WIRE_TEXT_SIZE])
{
    const struct row *root = unit_blocked_by(table, row);
    char sentence[SENTENCE_SIZE] = "", clause[CLAUSE_SIZE];

    if (root) {
        describe_trouble(root, clause);
        snprintf(sentence, sizeof(sentence), "%s %s %s, which %s", row->unit.name,
                 is_kept_back(root, true), root->unit.name, clause);
    } else if (verdict_trouble(row) != TROUBLE_NONE) {
        describe_trouble(row, clause);
        snprintf(sentence, sizeof(sentence), "%s %s", row->unit.name, clause);
    }
    text_clean(ret_sentence, WIRE_TEXT_SIZE, sentence);
}

/* The first service that counts and has this root. */
static const struct row *first_blocked(const struct snapshot *snapshot, const struct row *root)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct row *row = &snapshot->rows[i];

        if (row != root && row->unit.is_service && verdict_for_pod(snapshot, row) != POD_HEALTHY &&
            verdict_root(snapshot, row) == root)
            return row;
    }
    return NULL;
}

/* "redis.service failed: signal KILL", or what is blocked by it. */
static void describe_root(const struct table *table, const struct pod_cause *cause,
                          char sentence[SENTENCE_SIZE])
{
    const struct row *blocked =
        cause->blocked_count > 0 ? first_blocked(&table->present, cause->root) : NULL;
    bool is_one = cause->blocked_count == 1;
    char clause[CLAUSE_SIZE], others[48] = "";

    describe_trouble(cause->root, clause);
    if (!blocked) {
        snprintf(sentence, SENTENCE_SIZE, "%s %s", cause->root->unit.name, clause);
        return;
    }
    if (!is_one)
        snprintf(others, sizeof(others), " and %zu more", cause->blocked_count - 1);
    snprintf(sentence, SENTENCE_SIZE, "%s%s %s %s, which %s", blocked->unit.name, others,
             is_kept_back(cause->root, is_one), cause->root->unit.name, clause);
}

static void describe_pod(const struct table *table, const struct pod_cause *cause,
                         char ret_sentence[WIRE_TEXT_SIZE])
{
    char sentence[SENTENCE_SIZE], others[64] = "";

    if (!table->has_present)
        snprintf(sentence, sizeof(sentence), "nothing is known of the units yet");
    else if (cause->verdict == POD_STOPPING)
        snprintf(sentence, sizeof(sentence), "the pod is stopping");
    else if (cause->root)
        describe_root(table, cause, sentence);
    else
        snprintf(sentence, sizeof(sentence), "all units are well");
    if (cause->other_count > 0)
        snprintf(others, sizeof(others), "; %zu other%s not well by %s", cause->other_count,
                 cause->other_count == 1 ? " is" : "s are",
                 cause->other_count == 1 ? "itself" : "themselves");
    /* The count is not what is to be cut away. */
    sentence[WIRE_TEXT_SIZE - 1 - strlen(others)] = '\0';
    snprintf(sentence + strlen(sentence), sizeof(sentence) - strlen(sentence), "%s", others);
    text_clean(ret_sentence, WIRE_TEXT_SIZE, sentence);
}

/* --- the pod --- */

/* The root that makes the worst of the pod; NULL when all is well. */
static const struct row *worst_root(const struct snapshot *snapshot)
{
    const struct row *worst = NULL;
    enum pod_verdict worst_means = POD_HEALTHY;

    for (size_t i = 0; i < snapshot->count; i++) {
        enum pod_verdict means = verdict_for_pod(snapshot, &snapshot->rows[i]);
        const struct row *root;

        if (means == POD_HEALTHY || means < worst_means)
            continue;
        root = verdict_root(snapshot, &snapshot->rows[i]);
        if (!worst || means > worst_means || verdict_trouble(root) > verdict_trouble(worst))
            worst = root;
        worst_means = means;
    }
    return worst;
}

void pod_explain(const struct table *table, struct pod_cause *ret_cause)
{
    const struct snapshot *snapshot = &table->present;
    struct pod_cause cause = { .verdict = pod_verdict(table) };

    if (table->has_present && cause.verdict != POD_STOPPING)
        cause.root = worst_root(snapshot);
    for (size_t i = 0; cause.root && i < snapshot->count; i++) {
        const struct row *row = &snapshot->rows[i], *root;

        if (row == cause.root || verdict_for_pod(snapshot, row) == POD_HEALTHY)
            continue;
        root = verdict_root(snapshot, row);
        cause.blocked_count += root == cause.root && row->unit.is_service;
        cause.other_count += root == row;
    }
    describe_pod(table, &cause, cause.sentence);
    *ret_cause = cause;
}
