/*
 * Inputs for tests/shell/generated.sh, which compares what we make of them with what systemd makes
 * of them. The same seed gives the same inputs, on every machine.
 *
 *   tool_generate timespans SEED COUNT        a time span per line
 *   tool_generate names|paths SEED COUNT      something to be escaped, per line
 *   tool_generate units SEED COUNT DIRECTORY  g1.service …, and a quarter as many p1.path …
 */
#include "tests/unit/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A backslash and a new line in place of a space, as people break long lines. */
static void break_line(struct text *text, size_t from)
{
    char *space = strchr(text->bytes + from, ' ');

    if (!space || text->length + 32 >= sizeof(text->bytes))
        return;
    from = (size_t)(space - text->bytes) + 1;
    {
        const char *piece =
            PICK("\\\n", "\\\n  ", "\\\n# a comment\n", "\\\n; another \\\n ", "\\\r\n", "\\ \n");
        size_t length = strlen(piece);

        memmove(text->bytes + from + length, text->bytes + from, text->length - from + 1);
        memcpy(text->bytes + from, piece, length);
        text->length += length;
    }
}

static void put_setting(struct text *text, const struct generated *setting, bool is_odd)
{
    size_t from = text->length;

    if (is_odd)
        put(text, PICK("", "", "", "", " ", "\t"));
    put(text, setting->key);
    put(text, is_odd ? PICK("=", "=", "=", " = ", "= ", " =") : "=");
    from = text->length;
    setting->value(text);
    if (is_odd && roll(12) == 0)
        spoil(text, from);
    if (is_odd && roll(8) == 0)
        break_line(text, from);
    put(text, is_odd ? PICK("\n", "\n", "\n", " \n", "\n\n", "\r\n") : "\n");
}

static void put_oddity(struct text *text)
{
    put(text,
        PICK("# a comment\n", "; a comment\n", "  # indented\n", "\n", "   \n", "no equals sign\n",
             "=no key\n", "Key\n", "# ends with a backslash \\\n", "X-Key=1\n", "x-key=1\n",
             "Unknown=1\n", "execstart=/bin/true\n", "[X-Other]\nKey=1\n", "[Bogus]\nKey=1\n",
             "[]\n", "[ Service ]\n", "[Service] \n", "\t[Service]\n",
             "[Unit]\nDescription=again\n", "Exec Start=/bin/true\n", "[service]\nKillMode=x\n",
             "\\\n", "[Install]\nWantedBy=a.target\n", "[Install]\nAlias=b.service\n", "Key=\\\n"));
}

static void make_unit(struct text *text)
{
    const char *section = "Service";
    unsigned count = 1 + roll(6);

    *text = (struct text){ .length = 0 };
    if (roll(40) == 0)
        put(text, PICK("Key=1\n", "\n", "# first\n", "\xef\xbb\xbf", "garbage\n"));
    put(text, "[Service]\nExecStart=/bin/true\n");
    while (count-- > 0) {
        const struct generated *setting = generated_setting();

        if (strcmp(setting->section, section) != 0) {
            section = setting->section;
            put(text, "[");
            put(text, section);
            put(text, "]\n");
        }
        put_setting(text, setting, true);
        if (roll(12) == 0) {
            put_oddity(text);
            section = "";
        }
    }
    if (roll(60) == 0)
        put(text, PICK("[Service\n", "[Service]x\n", "\xff\n", "Description=\xc3\n"));
    if (roll(10) == 0 && text->length > 0)
        text->bytes[--text->length] = '\0';
}

static void make_path_unit(struct text *text)
{
    unsigned count = 1 + roll(4);

    *text = (struct text){ .length = 0 };
    put(text, "[Path]\n");
    if (roll(8) > 0)
        put(text, "Unit=g1.service\n");
    if (roll(4) > 0)
        put(text, "PathExists=/some/where\n");
    while (count-- > 0)
        put_setting(text, generated_path_setting(), true);
}

static int write_unit(const struct text *text, const char *directory, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "we");
    if (!file || fwrite(text->bytes, 1, text->length, file) != text->length)
        return 2;
    return fclose(file) == 0 ? 0 : 2;
}

static int write_units(unsigned count, const char *directory)
{
    static struct text text;
    char name[32];

    for (unsigned i = 1; i <= count; i++) {
        make_unit(&text);
        snprintf(name, sizeof(name), "g%u.service", i);
        if (write_unit(&text, directory, name) != 0)
            return 2;
    }
    for (unsigned i = 1; i <= count / 4; i++) {
        make_path_unit(&text);
        snprintf(name, sizeof(name), "p%u.path", i);
        if (write_unit(&text, directory, name) != 0)
            return 2;
    }
    return 0;
}

static void print_spans(unsigned count)
{
    while (count-- > 0) {
        struct text text = { .length = 0 };

        put_time(&text);
        if (roll(8) == 0)
            spoil(&text, 0);
        puts(text.bytes);
    }
}

/* For systemd-escape: any text without a line break; paths begin with a slash and lead nowhere up.
 */
static void print_names(unsigned count, bool are_paths)
{
    while (count-- > 0) {
        struct text text = { .length = 0 };

        put(&text, are_paths ? "/" : "");
        for (unsigned pieces = 1 + roll(6); pieces-- > 0;)
            put(&text, PICK("a", "b-c", ".", "/", "/", "//", "-", "_", ":", "\\", "\\x2d", "é", "€",
                            "@", "9", "Z", "%", "'", "\"", "$", "~", "+", "=", "x/y",
                            are_paths ? "x" : " ", are_paths ? "y" : ".."));
        puts(are_paths && strstr(text.bytes, "..") ? "/" : text.bytes);
    }
}

int main(int argc, char **argv)
{
    unsigned count = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

    chance_seed(argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
    if (argc == 4 && strcmp(argv[1], "timespans") == 0) {
        print_spans(count);
        return 0;
    }
    if (argc == 4 && (strcmp(argv[1], "names") == 0 || strcmp(argv[1], "paths") == 0)) {
        print_names(count, argv[1][0] == 'p');
        return 0;
    }
    if (argc == 5 && strcmp(argv[1], "units") == 0)
        return write_units(count, argv[4]);
    fprintf(stderr,
            "usage: tool_generate timespans|names|paths SEED COUNT, units SEED COUNT DIRECTORY\n");
    return 2;
}
