// SPDX-License-Identifier: Apache-2.0
/*
 * JSON in and out. Reading is jansson behind a depth check; writing appends to a bh_buf in the exact form of
 * JavaScript's JSON.stringify, because clients and signatures compare bytes.
 */
#ifndef BH_LIB_JSON_H
#define BH_LIB_JSON_H

#include <jansson.h>

#include "lib/buf.h"
#include "lib/err.h"

#define BH_JSON_MAX_DEPTH 64

/*
 * Parses one JSON text of any type. All numbers become IEEE doubles. Refused with BH_ERR_BODY_NOT_JSON: what
 * is not JSON, invalid UTF-8, U+0000 and lone surrogates in strings, numbers that overflow, more than
 * BH_JSON_MAX_DEPTH open brackets. Of duplicate keys the last one counts. The caller owns *ret_json.
 */
BH_MUST_USE
enum bh_err bh_json_parse(struct bh_span text, json_t **ret_json);
/* As above, and BH_ERR_BODY_NOT_OBJECT for anything but an object. */
BH_MUST_USE
enum bh_err bh_json_parse_object(struct bh_span text, json_t **ret_json);
/* As above; also refused is a member that occurs twice in its object, because others may read the first. */
BH_MUST_USE
enum bh_err bh_json_parse_unique(struct bh_span text, json_t **ret_json);
/* The same for a text of any type. */
BH_MUST_USE
enum bh_err bh_json_parse_unique_any(struct bh_span text, json_t **ret_json);
/* For BH_CLEANUP. */
void bh_json_release(json_t **json);

/* True when the JSON text of the value, compact, has at most that many UTF-16 units. */
bool bh_json_fits(const json_t *json, size_t units);

/* The string's text (owned by `json`); absent for NULL and for anything that is not a string. */
struct bh_span bh_json_text(const json_t *json);
/* The member's text; absent when missing or not a string. */
struct bh_span bh_json_member_text(const json_t *object, const char *key);

void bh_json_add_string(struct bh_buf *buf, struct bh_span text);
/* The absent span becomes null. */
void bh_json_add_string_or_null(struct bh_buf *buf, struct bh_span text);
/* Shortest decimal that reads back as the same double, in JavaScript's notation; -0 becomes 0. */
void bh_json_add_number(struct bh_buf *buf, double value);
void bh_json_add_bool(struct bh_buf *buf, bool value);
/* Milliseconds since 1970 as "2026-05-02T00:00:00.000Z"; 0 becomes null. */
void bh_json_add_time_or_null(struct bh_buf *buf, int64_t ms);
/* A whole value, compact, keys in the order they were read. */
void bh_json_add_value(struct bh_buf *buf, const json_t *json);
/*
 * Starts a member: puts a comma unless the object was just opened, then "key":
 */
void bh_json_add_key(struct bh_buf *buf, const char *key);
/* Whole members. Absent text and time 0 are null. */
void bh_json_add_text_member(struct bh_buf *buf, const char *key, struct bh_span text);
void bh_json_add_time_member(struct bh_buf *buf, const char *key, int64_t ms);
void bh_json_add_bool_member(struct bh_buf *buf, const char *key, bool value);
/* A comma unless an object or array was just opened: before each array item. */
void bh_json_add_separator(struct bh_buf *buf);

#endif
