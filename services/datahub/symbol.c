#include "services/datahub/symbol.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SYMBOL(text) .name = (text), .ticker = SYMBOL_EXCHANGE ":" text

static const struct symbol symbols[] = {
    {
        SYMBOL("BTCUSD"),
        .description = "Bitcoin / US dollar (simulated)",
        .type = "crypto",
        .currency = "USD",
        .price_scale = 100,
        .price_digits = 2,
        .start_price = 6400000,
        .yearly_volatility = 0.55,
        .spread = 100,
        .volume_per_s = 3,
    },
    {
        SYMBOL("ETHUSD"),
        .description = "Ether / US dollar (simulated)",
        .type = "crypto",
        .currency = "USD",
        .price_scale = 100,
        .price_digits = 2,
        .start_price = 310000,
        .yearly_volatility = 0.70,
        .spread = 20,
        .volume_per_s = 25,
    },
    {
        SYMBOL("EURUSD"),
        .description = "Euro / US dollar (simulated)",
        .type = "forex",
        .currency = "USD",
        .price_scale = 100000,
        .price_digits = 5,
        .start_price = 108500,
        .yearly_volatility = 0.08,
        .spread = 6,
        .volume_per_s = 40,
    },
    {
        SYMBOL("XAUUSD"),
        .description = "Gold / US dollar (simulated)",
        .type = "commodity",
        .currency = "USD",
        .price_scale = 100,
        .price_digits = 2,
        .start_price = 240000,
        .yearly_volatility = 0.16,
        .spread = 30,
        .volume_per_s = 8,
    },
    {
        SYMBOL("ACME"),
        .description = "Acme Corporation, an invented company (simulated)",
        .type = "stock",
        .currency = "USD",
        .price_scale = 100,
        .price_digits = 2,
        .start_price = 18500,
        .yearly_volatility = 0.35,
        .spread = 2,
        .volume_per_s = 120,
    },
};

#define SYMBOL_COUNT (sizeof(symbols) / sizeof(symbols[0]))
_Static_assert(SYMBOL_COUNT <= SYMBOLS_MAX, "a list must be able to hold the whole table");

void symbol_list_all(struct symbol_list *ret_list)
{
    ret_list->count = SYMBOL_COUNT;
    for (size_t i = 0; i < SYMBOL_COUNT; i++)
        ret_list->items[i] = &symbols[i];
}

const struct symbol *symbol_find(const struct symbol_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcasecmp(list->items[i]->name, name) == 0 ||
            strcasecmp(list->items[i]->ticker, name) == 0)
            return list->items[i];
    return NULL;
}

int symbol_list_parse(const char *text, struct symbol_list *ret_list, size_t size, char *ret_wrong)
{
    struct symbol_list all, list = { .count = 0 };

    symbol_list_all(&all);
    for (const char *part = text;; part++) {
        size_t length = strcspn(part, ",");

        (void)snprintf(ret_wrong, size, "%.*s", (int)length, part);
        const struct symbol *symbol = symbol_find(&all, ret_wrong);

        if (symbol == NULL || symbol_find(&list, ret_wrong) != NULL)
            return -EINVAL;
        list.items[list.count++] = symbol;
        part += length;
        if (*part == '\0')
            break;
    }
    *ret_list = list;
    return 0;
}

static bool is_narrowed_away(const char *wanted, const char *value)
{
    return wanted[0] != '\0' && strcasecmp(wanted, value) != 0;
}

static bool matches(const struct symbol *symbol, const struct symbol_query *query)
{
    if (is_narrowed_away(query->type, symbol->type) ||
        is_narrowed_away(query->exchange, SYMBOL_EXCHANGE))
        return false;
    return strcasestr(symbol->ticker, query->text) != NULL ||
           strcasestr(symbol->description, query->text) != NULL;
}

static bool begins_with(const struct symbol *symbol, const char *text)
{
    return strncasecmp(symbol->name, text, strlen(text)) == 0;
}

void symbol_search(const struct symbol_list *list, const struct symbol_query *query,
                   struct symbol_list *ret_found)
{
    ret_found->count = 0;
    for (int wants_beginning = 1; wants_beginning >= 0; wants_beginning--)
        for (size_t i = 0; i < list->count && ret_found->count < query->limit; i++) {
            const struct symbol *symbol = list->items[i];

            if (begins_with(symbol, query->text) == (wants_beginning == 1) &&
                matches(symbol, query))
                ret_found->items[ret_found->count++] = symbol;
        }
}
