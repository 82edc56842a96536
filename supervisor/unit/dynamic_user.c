#include "supervisor/unit/dynamic_user.h"

#include <stdio.h>
#include <string.h>

/* --- SipHash-2-4 (Aumasson, Bernstein: SipHash, a fast short-input PRF) --- */

struct hash_key {
    uint64_t low, high;
};

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    for (; rounds > 0; rounds--) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* Up to eight bytes, the first of them lowest. */
static uint64_t word_of(const char *text, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < length && i < sizeof(word); i++)
        word |= (uint64_t)(unsigned char)text[i] << (8 * i);
    return word;
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v, 2);
    v[0] ^= word;
}

static uint64_t hash(const char *text, struct hash_key key)
{
    uint64_t v[] = {
        key.low ^ 0x736f6d6570736575,
        key.high ^ 0x646f72616e646f6d,
        key.low ^ 0x6c7967656e657261,
        key.high ^ 0x7465646279746573,
    };
    size_t length = strlen(text), at = 0;

    for (; at + 8 <= length; at += 8)
        absorb(v, word_of(text + at, 8));
    absorb(v, word_of(text + at, length - at) | (uint64_t)length << 56);
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* --- names and numbers --- */

/* What every program takes for the name of a user: valid_user_group_name() of systemd. */
static bool is_strict_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t length = strlen(name);

    return length > 0 && length < DYNAMIC_NAME_SIZE && strchr(letters, name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-") ==
               length;
}

void dynamic_user_name(const char *unit_name, char ret_name[DYNAMIC_NAME_SIZE])
{
    static const struct hash_key key = { 0x964e5828e6af1a58, 0xec07928c3bf54eb4 };
    char prefix[UNIT_NAME_MAX + 1];
    const char *at = strchr(unit_name, '@'), *end = at ? at : strrchr(unit_name, '.');

    snprintf(prefix, sizeof(prefix), "%.*s", (int)(end - unit_name), unit_name);
    if (is_strict_name(prefix))
        snprintf(ret_name, DYNAMIC_NAME_SIZE, "%.31s", prefix);
    else
        snprintf(ret_name, DYNAMIC_NAME_SIZE, "_du%016llx", (unsigned long long)hash(prefix, key));
}

uint32_t dynamic_user_number(const char *name)
{
    static const struct hash_key key = { 0xf548cecf317e5337, 0x59ecd98d5739bb8a };

    return (uint32_t)hash(name, key) % (DYNAMIC_UID_MAX - DYNAMIC_UID_MIN + 1) + DYNAMIC_UID_MIN;
}

/* --- all of a pod --- */

/* A unit before this one that has the number under another name. */
static bool is_taken(const struct unit_set *set, size_t index, uint32_t number)
{
    for (size_t i = 0; i < index; i++) {
        const struct exec_spec *other = &set->specs[i]->exec;

        if (other->dynamic_user && other->dynamic_number == number &&
            strcmp(other->user, set->specs[index]->exec.user) != 0)
            return true;
    }
    return false;
}

void dynamic_users_settle(struct unit_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct exec_spec *exec = &set->specs[i]->exec;
        uint32_t number;

        if (!exec->dynamic_user)
            continue;
        number = dynamic_user_number(exec->user);
        while (is_taken(set, i, number))
            number = number == DYNAMIC_UID_MAX ? DYNAMIC_UID_MIN : number + 1;
        exec->dynamic_number = number;
    }
}
