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

/* "80" or "8000-8100"; *text is spoilt. */
static bool parse_ports(char *text, struct socket_bind *rule)
{
    char *dash = strchr(text, '-');

    if (dash)
        *dash = '\0';
    if (!parse_port(text, &rule->port))
        return false;
    rule->port_last = rule->port;
    return !dash || (parse_port(dash + 1, &rule->port_last) && rule->port <= rule->port_last);
}

static const char no_family[] = "names an address family, which reeve does not support yet";

/* [PROTOCOL:][PORTS]; the text is spoilt. */
static const char *parse_protocol(char *text, struct socket_bind *rule)
{
    char *colon = strchr(text, ':');

    *rule = (struct socket_bind){ .any_protocol = true, .any_port = true };
    if (strcmp(text, "any") == 0)
        return NULL;
    if (colon)
        *colon = '\0';
    rule->tcp = strcmp(text, "tcp") == 0;
    rule->udp = strcmp(text, "udp") == 0;
    rule->any_protocol = !rule->tcp && !rule->udp;
    if (!rule->any_protocol && (!colon || strcmp(colon + 1, "any") == 0))
        return NULL;
    if (rule->any_protocol && colon)
        return "names no protocol that is known";
    rule->any_port = false;
    return parse_ports(colon ? colon + 1 : text, rule) ? NULL : "names no port (1 to 65535)";
}

/* [FAMILY:][PROTOCOL:][PORTS]: systemd.resource-control(5). NULL, or why not. */
static const char *parse_rule(const char *text, struct socket_bind *rule)
{
    const char *complaint;
    char word[32];

    if (strlen(text) >= sizeof(word))
        return "is too long for a rule";
    memcpy(word, text, strlen(text) + 1);
    if (strcmp(word, "ipv4") == 0 || strcmp(word, "ipv6") == 0)
        return no_family;
    if (strncmp(word, "ipv4:", 5) != 0 && strncmp(word, "ipv6:", 5) != 0)
        return parse_protocol(word, rule);
    complaint = parse_protocol(word + 5, rule);
    return complaint ? complaint : no_family;
}

/* `context`: where the next one goes. */
static int add_rule(struct reading *reading, const struct words *words, void *context)
{
    const struct socket_bind ***end = context;
    struct socket_bind rule, *node;
    const char *complaint = parse_rule(words->word, &rule);

    if (complaint == no_family) {
        reading_refused(reading, words->start, "without it, the rule is for both", "'%s' in %s= %s",
                        words->word, reading->key, complaint);
        return 0;
    }
    if (complaint) {
        reading_error(reading, words->start, "like 'tcp:8080', 'udp:5000-5010' or 'any'",
                      "'%s' in %s= %s", words->word, reading->key, complaint);
        return 0;
    }
    node = arena_get(reading->arena, sizeof(*node));
    if (!node)
        return -ENOMEM;
    *node = rule;
    node->place = reading_place(reading, words->start);
    **end = node;
    *end = &node->next;
    return 1;
}

int directive_socket_bind(struct reading *reading)
{
    const struct socket_bind **end = reading_field(reading);
    unsigned count = 0;

    if (reading->value[0] == '\0') {
        *end = NULL;
        return 0;
    }
    for (; *end; count++)
        end = (const struct socket_bind **)&(*end)->next;
    return reading_items(reading, 0, count, add_rule, &end);
}
