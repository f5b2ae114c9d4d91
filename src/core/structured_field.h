// SPDX-License-Identifier: Apache-2.0
/*
 * Structured field values (RFC 8941, with the dates of RFC 9651): as much as message signatures need.
 * Stricter than the standard where that leaves only one reading: a key that occurs twice, a number or a byte
 * sequence that is not written in its canonical form, and display strings are refused. Pure.
 */
#ifndef BH_CORE_STRUCTURED_FIELD_H
#define BH_CORE_STRUCTURED_FIELD_H

#include "lib/arena.h"

#define BH_FIELD_BYTES 16384 /* of a field's value */
#define BH_FIELD_MEMBERS 16  /* of a dictionary */
#define BH_FIELD_ITEMS 32    /* of an inner list */
#define BH_FIELD_PARAMETERS 16

enum bh_field_type {
    BH_FIELD_NONE = 0,
    BH_FIELD_INTEGER,
    BH_FIELD_DECIMAL,
    BH_FIELD_STRING,
    BH_FIELD_TOKEN,
    BH_FIELD_BINARY,
    BH_FIELD_BOOLEAN,
    BH_FIELD_DATE,
    BH_FIELD_LIST /* an inner list; only as the value of a dictionary's member */
};

struct bh_field_value {
    enum bh_field_type type;
    int64_t number;      /* of an integer, a date (Unix seconds) or a boolean (0, 1) */
    struct bh_span text; /* of a string without its escapes, a token, the bytes of a binary */
};

struct bh_field_parameter {
    struct bh_span key;
    struct bh_field_value value;
};

struct bh_field_item {
    struct bh_field_value value;
    const struct bh_field_item *items; /* of a list */
    size_t item_count;
    const struct bh_field_parameter *parameters;
    size_t parameter_count;
    struct bh_span canonical; /* as the standard serialises it, with its parameters */
};

struct bh_field_member {
    struct bh_span key;
    struct bh_field_item item;
};

struct bh_field_dictionary {
    const struct bh_field_member *members; /* in their order; at least one */
    size_t count;
};

/* False for what is no such value, and beyond the limits above. What is returned lives in the arena. */
BH_MUST_USE
bool bh_field_dictionary_parse(
    struct bh_span text, struct bh_arena *arena, struct bh_field_dictionary *ret_dictionary);
/* A single item, no list. */
BH_MUST_USE
bool bh_field_item_parse(struct bh_span text, struct bh_arena *arena, struct bh_field_item *ret_item);

/* NULL when there is none. */
const struct bh_field_item *bh_field_member_find(
    const struct bh_field_dictionary *dictionary, struct bh_span key);
const struct bh_field_value *bh_field_parameter_find(const struct bh_field_item *item, const char *key);

#endif
