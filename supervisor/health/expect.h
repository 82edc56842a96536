#ifndef REEVE_HEALTH_EXPECT_H
#define REEVE_HEALTH_EXPECT_H

/*
 * What an answer has to be beside there: the words behind the address in HealthCmd=, in quotes when
 * they have spaces. All of them have to hold.
 *
 *   http, https   status=NUMBER[-NUMBER]   instead of 200-399
 *                 header=NAME:TEXT         such a header has the text in its value
 *                 body=TEXT                the body has it, within its first 60 kB
 *   redis         role=master|slave        as ROLE says; replica is another word for slave
 *                 info=FIELD<VALUE         of INFO; also <= = != >= >; numbers may end in K, M, G
 *
 * Pure.
 */

#include "supervisor/unit/macro.h"

#include <stdbool.h>
#include <stddef.h>

enum expect_what { EXPECT_STATUS, EXPECT_HEADER, EXPECT_BODY, EXPECT_INFO };
enum expect_operator {
    EXPECT_LESS,
    EXPECT_AT_MOST,
    EXPECT_EQUAL,
    EXPECT_UNEQUAL,
    EXPECT_AT_LEAST,
    EXPECT_MORE,
};

struct expectation {
    enum expect_what what;
    char *name;  /* of the header, or the field */
    char *value; /* the text, or what the field is compared with */
    enum expect_operator operator;
    double number;      /* of the value; NAN when it is none */
    unsigned low, high; /* of the status */
    struct expectation *next;
};

/* Where a complaint goes. */
struct expect_error {
    char *text;
    size_t size;
};

/*
 * Takes the words in. 0; -EINVAL with a sentence in `error`: one is none of those that go with http
 * (is_http) or redis; -ENOMEM. *list is to be freed also then.
 */
int expectations_parse(struct expectation **list, const char *words, bool is_http,
                       const struct expect_error *error) MUST_CHECK;
/* Accepts NULL. */
void expectations_free(struct expectation *list);

bool expectations_have(const struct expectation *list, enum expect_what what);
/* Whether the value of the field is as expected: both numbers, or both taken as text. */
bool expectation_holds(const struct expectation *expectation, const char *value);
const char *expect_operator_string(enum expect_operator operator);

#endif
