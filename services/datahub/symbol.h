/*
 * What DataHub has prices for: a fixed table of simulated instruments. Pure.
 *
 * Prices are whole numbers of points everywhere in DataHub: the price times `price_scale`, so that
 * no rounding can differ between what was served yesterday and what Redis gives back today.
 */
#ifndef SERVICES_DATAHUB_SYMBOL_H
#define SERVICES_DATAHUB_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

#define SYMBOL_EXCHANGE "SIM"
#define SYMBOLS_MAX     8

struct symbol {
    const char *name;        /* "BTCUSD" */
    const char *ticker;      /* "SIM:BTCUSD", its name in UDF requests */
    const char *description; /* says that it is simulated */
    const char *type;        /* UDF: crypto, forex, commodity, stock */
    const char *currency;
    int64_t price_scale;      /* points per 1; a power of ten */
    int price_digits;         /* its zeros */
    int64_t start_price;      /* points, where the walk begins */
    double yearly_volatility; /* standard deviation of a year's logarithmic return */
    int64_t spread;           /* points between bid and ask */
    int64_t volume_per_s;     /* the mean, in whole units */
};

/* A choice of symbols, in the order of the choice. Points into the table; nothing to release. */
struct symbol_list {
    const struct symbol *items[SYMBOLS_MAX];
    size_t count;
};

/* A narrowing search, as a UDF client asks for it; empty texts do not narrow. */
struct symbol_query {
    const char *text; /* part of the name or the description, in any case */
    const char *type;
    const char *exchange;
    size_t limit;
};

void symbol_list_all(struct symbol_list *ret_list);

/*
 * Reads "BTCUSD,EURUSD". -EINVAL, and the wrong name in ret_wrong (at most size bytes), when one is
 * unknown, given twice or empty.
 */
int symbol_list_parse(const char *text, struct symbol_list *ret_list, size_t size, char *ret_wrong)
    __attribute__((warn_unused_result));

/* By name or ticker in any case; NULL when the list does not have it. */
const struct symbol *symbol_find(const struct symbol_list *list, const char *name);

/* What matches, names that begin with the text first. */
void symbol_search(const struct symbol_list *list, const struct symbol_query *query,
                   struct symbol_list *ret_found);

#endif
