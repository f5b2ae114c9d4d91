// SPDX-License-Identifier: Apache-2.0
/*
 * Fields of request bodies: reading, trimming, and their errors. Each reader leaves its output
 * alone and returns the error when the field breaks its rule; *ret_detail then names the field, in text that
 * outlives the object.
 */
#ifndef BH_HTTP_FIELDS_H
#define BH_HTTP_FIELDS_H

#include "http/server.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

/*
 * Parses the body as an object whose keys are all in `keys` (ended by NULL). The caller owns *ret_object. The
 * detail lives as long as the exchange, never in the object, which may end before the answer is written.
 */
BH_MUST_USE
enum bh_err bh_fields_parse(
    struct bh_exchange *exchange, const char *const *keys, json_t **ret_object, struct bh_span *ret_detail);
/* Trimmed text; absent or not a string is BH_ERR_FIELD_REQUIRED, longer than `units` is `too_long`. */
BH_MUST_USE
enum bh_err bh_fields_required_text(const json_t *object, const char *key, size_t units, enum bh_err too_long,
    struct bh_span *ret_text, struct bh_span *ret_detail);
/* Trimmed text; absent, not a string or empty gives the absent span. */
BH_MUST_USE
enum bh_err bh_fields_optional_text(const json_t *object, const char *key, size_t units, enum bh_err too_long,
    struct bh_span *ret_text, struct bh_span *ret_detail);
/* One of `choices` (ended by NULL); absent gives `fallback`, anything else is `wrong`. */
BH_MUST_USE
enum bh_err bh_fields_choice(const json_t *object, const char *key, const char *const *choices,
    const char *fallback, enum bh_err wrong, struct bh_span *ret_text);

#define BH_LIST_LIMIT 100
/*
 * An array of at most BH_LIST_LIMIT non-empty strings of at most `units` each, trimmed, as JSON array text in
 * the arena; absent or null gives the absent span.
 */
BH_MUST_USE
enum bh_err bh_fields_string_list(const json_t *object, const char *key, size_t units, struct bh_arena *arena,
    struct bh_span *ret_json, struct bh_span *ret_detail);

#endif
