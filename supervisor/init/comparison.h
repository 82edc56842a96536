#ifndef REEVE_INIT_COMPARISON_H
#define REEVE_INIT_COMPARISON_H

/* The comparisons of conditions: ConditionKernelVersion=">=5.4", ConditionMemory=">1G". Pure. */

#include <stdbool.h>
#include <stddef.h>

enum comparison {
    COMPARE_NONE, /* no operator is there */
    COMPARE_GLOB,
    COMPARE_NOT_GLOB,
    COMPARE_STRING, /* "=": byte by byte */
    COMPARE_NOT_STRING,
    COMPARE_LOWER,
    COMPARE_LOWER_OR_EQUAL,
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_GREATER_OR_EQUAL,
    COMPARE_GREATER,
};

/*
 * Takes the operator that *at begins with, and moves *at behind it. For versions "=" and "!="
 * compare as strings, "$=" and "!$=" match a glob; otherwise they compare numbers.
 */
enum comparison comparison_take(const char **at, bool is_version);

/* Whether an order (below 0, 0, above 0) is what the operator asks for. */
bool comparison_holds(enum comparison comparison, int order);

/* Versions by the rules of `systemd-analyze compare-versions` (the UAPI version format). */
int version_order(const char *a, const char *b);
bool version_matches(enum comparison comparison, const char *version, const char *wanted);

/*
 * The next word of a list, without its quotes and backslashes; false at the end, or when a quote is
 * not closed or the word does not fit.
 */
bool comparison_word(const char **at, char *word, size_t size);

#endif
