#include "supervisor/unit/directives.h"
#include "supervisor/unit/value.h"

#include <errno.h>
#include <linux/securebits.h>
#include <string.h>

/* Sandbox directives that carry more than a word. */

static const uint64_t all_capabilities = (UINT64_C(1) << CAPABILITY_COUNT) - 1;

/* The bits of all words; a word that is no capability is reported. */
static int read_capabilities(struct reading *reading, size_t at, uint64_t *ret_bits)
{
    struct words words;
    int result;

    *ret_bits = 0;
    words_init(&words, reading->lexer->text, at, WORDS_QUOTES);
    while ((result = reading_word(reading, &words)) > 0) {
        unsigned capability;

        if (value_capability(words.word, &capability) == 0)
            *ret_bits |= UINT64_C(1) << capability;
        else
            reading_error(reading, words.start, NULL, "'%s' in %s= is not a capability", words.word,
                          reading->key);
    }
    words_release(&words);
    return result;
}

/* The first line replaces, later ones add or, with "~", take away; "" keeps none, "~" keeps all. */
int directive_capabilities(struct reading *reading)
{
    struct exec_spec *exec = &reading->spec->exec;
    bool is_inverted = reading->value[0] == '~', is_first = !exec->has_capability_bounding_set;
    uint64_t bits;
    int error = read_capabilities(reading, reading->value_offset + is_inverted, &bits);

    if (error < 0)
        return error;
    if (bits == 0 || is_first || exec->capability_bounding_set == all_capabilities)
        exec->capability_bounding_set = is_inverted ? all_capabilities & ~bits : bits;
    else if (is_inverted)
        exec->capability_bounding_set &= ~bits;
    else
        exec->capability_bounding_set |= bits;
    exec->has_capability_bounding_set = true;
    return 0;
}

/* Like the bounding set, but there are none before the first line: "~" then means all others. */
int directive_ambient_capabilities(struct reading *reading)
{
    struct exec_spec *exec = &reading->spec->exec;
    bool is_inverted = reading->value[0] == '~';
    uint64_t bits;
    int error = read_capabilities(reading, reading->value_offset + is_inverted, &bits);

    if (error < 0)
        return error;
    if (bits == 0 || exec->ambient_capabilities == 0)
        exec->ambient_capabilities = is_inverted ? all_capabilities & ~bits : bits;
    else if (is_inverted)
        exec->ambient_capabilities &= ~bits;
    else
        exec->ambient_capabilities |= bits;
    exec->ambient_capabilities_place = reading_place(reading, reading->value_offset);
    return 0;
}

/* The last line counts. */
int directive_secure_bits(struct reading *reading)
{
    static const struct {
        const char *word;
        unsigned bit;
    } table[] = {
        { "keep-caps", SECBIT_KEEP_CAPS },
        { "keep-caps-locked", SECBIT_KEEP_CAPS_LOCKED },
        { "no-setuid-fixup", SECBIT_NO_SETUID_FIXUP },
        { "no-setuid-fixup-locked", SECBIT_NO_SETUID_FIXUP_LOCKED },
        { "noroot", SECBIT_NOROOT },
        { "noroot-locked", SECBIT_NOROOT_LOCKED },
    };
    struct exec_spec *exec = &reading->spec->exec;
    struct words words;
    int result;

    exec->secure_bits = 0;
    exec->secure_bits_place = reading_place(reading, reading->value_offset);
    words_init(&words, reading->lexer->text, reading->value_offset, WORDS_QUOTES);
    while ((result = reading_word(reading, &words)) > 0) {
        size_t i = 0;

        while (i < ARRAY_SIZE(table) && strcmp(words.word, table[i].word) != 0)
            i++;
        if (i < ARRAY_SIZE(table))
            exec->secure_bits |= table[i].bit;
        else
            reading_error(reading, words.start, "keep-caps, no-setuid-fixup, noroot, or …-locked",
                          "'%s' in %s= is not a secure bit", words.word, reading->key);
    }
    words_release(&words);
    return result;
}

/* --- SocketBindAllow=, SocketBindDeny= --- */

static bool parse_port(const char *text, uint16_t *ret_port)
{
    uint64_t port;

    if (value_unsigned(text, UINT16_MAX, &port) < 0 || port == 0)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* "any", "80" or "8000-8100"; the text is spoilt. */
static bool parse_ports(char *text, struct socket_bind *rule)
{
    char *dash = strchr(text, '-');

    rule->any_port = strcmp(text, "any") == 0;
    if (rule->any_port)
        return true;
    if (dash)
        *dash = '\0';
    if (!parse_port(text, &rule->port))
        return false;
    rule->port_last = rule->port;
    return !dash || (parse_port(dash + 1, &rule->port_last) && rule->port <= rule->port_last);
}

static bool parse_protocol(const char *text, struct socket_bind *rule)
{
    rule->tcp = strcmp(text, "tcp") == 0;
    rule->udp = strcmp(text, "udp") == 0;
    rule->any_protocol = !rule->tcp && !rule->udp;
    return !rule->any_protocol;
}

/*
 * The next part up to a ':', as systemd's extract_first_word() takes it: a backslash makes an
 * ordinary character of what follows. *rest is NULL behind the last one. False at the end, or where
 * nothing follows a backslash.
 */
static bool next_part(const char **rest, char *ret_part)
{
    const char *from = *rest;

    if (!from)
        return false;
    for (; *from != '\0' && *from != ':'; from++) {
        if (*from == '\\' && *++from == '\0')
            return false;
        *ret_part++ = *from;
    }
    *ret_part = '\0';
    *rest = *from == ':' ? from + 1 : NULL;
    return true;
}

static const char no_family[] = "names an address family, which reeve does not support yet";

/* [FAMILY:][PROTOCOL:][PORTS]: systemd.resource-control(5). NULL, or why not. */
static const char *parse_rule(const char *text, struct socket_bind *rule)
{
    enum { FAMILY, PROTOCOL, PORTS, DONE } next = FAMILY;
    const char *rest = text;
    bool has_family = false;
    char part[64];

    *rule = (struct socket_bind){ .any_protocol = true, .any_port = true };
    if (strlen(text) >= sizeof(part))
        return "is too long for a rule";
    while (next < DONE && next_part(&rest, part)) {
        if (next == FAMILY && (strcmp(part, "ipv4") == 0 || strcmp(part, "ipv6") == 0)) {
            has_family = true;
            next = PROTOCOL;
        } else if (next <= PROTOCOL && parse_protocol(part, rule)) {
            next = PORTS;
        } else if (parse_ports(part, rule)) {
            next = DONE;
        } else {
            return next == PORTS ? "names no port (1 to 65535)"
                                 : "names neither a protocol that is known nor a port (1 to 65535)";
        }
    }
    if (rest)
        return "has more than family, protocol and ports";
    return has_family ? no_family : NULL;
}

int directive_socket_bind(struct reading *reading)
{
    const struct socket_bind **end = reading_field(reading);
    struct socket_bind rule, *node;
    unsigned count = 0;
    const char *complaint;

    if (reading->value[0] == '\0') {
        *end = NULL;
        return 0;
    }
    complaint = parse_rule(reading->value, &rule);
    if (complaint == no_family) {
        reading_refused(reading, reading->value_offset, "without it, the rule is for both",
                        "'%s' in %s= %s", reading->value, reading->key, complaint);
        return 0;
    }
    if (complaint) {
        reading_error(reading, reading->value_offset,
                      "one rule a line, like 'tcp:8080', 'udp:5000-5010' or 'any'",
                      "'%s' in %s= %s", reading->value, reading->key, complaint);
        return 0;
    }
    for (; *end; count++)
        end = (const struct socket_bind **)&(*end)->next;
    if (count == LIST_MAX) {
        reading_error(reading, reading->value_offset, NULL, "%s= has more than %d items",
                      reading->key, LIST_MAX);
        return 0;
    }
    node = arena_get(reading->arena, sizeof(*node));
    if (!node)
        return -ENOMEM;
    *node = rule;
    node->place = reading_place(reading, reading->value_offset);
    *end = node;
    return 0;
}
