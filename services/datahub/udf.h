/*
 * DataHub's answers in TradingView's UDF format: data in, JSON out. Pure.
 *
 * Each function returns a new reference, or NULL when there is no memory. Everything here says that
 * the data is simulated. Format: TradingView's charting library documentation, "UDF" and "Quotes".
 */
#ifndef SERVICES_DATAHUB_UDF_H
#define SERVICES_DATAHUB_UDF_H

#include <jansson.h>

#include "services/datahub/candle.h"
#include "services/datahub/feed.h"
#include "services/datahub/symbol.h"

#define UDF_NOTICE "Simulated data. These are not market prices."

json_t *udf_config(const struct symbol_list *symbols);
json_t *udf_symbol(const struct symbol *symbol);
json_t *udf_search(const struct symbol_list *found);
json_t *udf_error(const char *text);

/* Ascending bars, at least one. */
json_t *udf_history(const struct symbol *symbol, const struct candle_list *bars);

/* Nothing in the range; next_time_s, the last bar before it, is left out when it is negative. */
json_t *udf_no_data(int64_t next_time_s);

/* One element of the quotes answer's `d`; name is the symbol's as it was asked for. */
json_t *udf_quote(const char *name, const struct symbol *symbol, const struct feed_state *state);
json_t *udf_quote_error(const char *name, const char *text);

/* The quotes answer around its elements, an array that is consumed. */
json_t *udf_quotes(json_t *elements);

/* As text from malloc, with prices as people write them; consumes value; NULL: no memory. */
char *udf_dump(json_t *value);

#endif
