// SPDX-License-Identifier: Apache-2.0
/*
 * What the command line prints: results on stdout, errors and notes on stderr. Texts that came from a server
 * or from a file are made harmless for a terminal: control characters, and characters that reorder or break
 * lines, are shown as \uXXXX. Errors pass the redactor.
 */
#ifndef BH_CLIENT_OUTPUT_H
#define BH_CLIENT_OUTPUT_H

#include <jansson.h>

#include "lib/buf.h"

#define BH_OUTPUT_LIMIT ((size_t)64 << 20)

/* Whether errors are JSON lines and notes are left out; set once, by the parser of the arguments. */
void bh_output_setup(bool json);

/* `text` with what could act on a terminal replaced by \uXXXX, and malformed UTF-8 by U+FFFD. */
void bh_output_add_neutral(struct bh_span text, struct bh_buf *out);
/* Pretty JSON: two blanks per level, no final newline. Empty arrays and objects are [] and {}. */
void bh_output_add_json(const json_t *json, struct bh_buf *out);
/* The value as people read it: texts neutral and without quotes, null and absent as "-", the rest as JSON. */
void bh_output_add_value(const json_t *json, struct bh_buf *out);
/* `secret` cut to its first 15 characters and an ellipsis; short ones give away no more than a quarter. */
void bh_output_add_masked(struct bh_span secret, struct bh_buf *out);

/* Rows of cells. Cells are given row by row; their text is made neutral here. */
struct bh_table {
    struct bh_buf cells; /* each ended by NUL */
    const char *const *headings;
    size_t columns;
};

/* `headings` (one per column) stay with the caller; NULL for a list of keys and values, which has two
 * columns. */
void bh_table_init(struct bh_table *table, const char *const *headings, size_t columns);
void bh_table_finish(struct bh_table *table);
void bh_table_add(struct bh_table *table, struct bh_span cell);
void bh_table_add_text(struct bh_table *table, const char *cell);
void bh_table_add_value(struct bh_table *table, const json_t *value);
/* Key and value in one call. */
void bh_table_add_pair(struct bh_table *table, const char *key, const json_t *value);
/* Those of the members that have a value, with their names. */
void bh_table_add_pairs(
    struct bh_table *table, const json_t *object, const char *const *members, size_t count);
/* The items of an array of texts, separated by commas, in one cell; "-" for none. */
void bh_table_add_list(struct bh_table *table, const json_t *array);
/*
 * Upper-case headings, a line of dashes, the rows; two blanks between columns; "(none)" without rows. Without
 * headings only the rows. On a terminal a table with headings fits its width: cells of the widest columns end
 * in an ellipsis; keys and values are always whole.
 */
void bh_table_write(const struct bh_table *table, struct bh_buf *out);

/* To stdout. What could not be written or was too large is remembered for bh_output_finish. */
void bh_output_write(struct bh_span text);
void bh_output_write_buf(const struct bh_buf *buf);
void bh_output_write_json(const json_t *json);
void bh_output_write_table(const struct bh_table *table);
/* An array of objects as a table: below each heading one member. */
void bh_output_write_rows(
    const json_t *rows, const char *const *headings, const char *const *members, size_t columns);
/* The members of an object that have a value, as keys and values. */
void bh_output_write_pairs(const json_t *object, const char *const *members, size_t count);
/* The members of an object as keys and values; anything else as one value. */
void bh_output_write_members(const json_t *json);
/*
 * How a command that asked a server ends: shows the answer as JSON or, for people, by `write`; 0. Without an
 * answer (NULL: the error is printed already) 1. Takes over `answer`.
 */
BH_MUST_USE
int bh_output_answer(json_t *answer, bool as_json, void (*write)(const json_t *answer));
/* How something stands ("ALLOWED"), as one line; in colour on a terminal. */
void bh_output_write_mark(const char *mark);
void bh_output_write_line(const char *format, ...) BH_PRINTF(1, 2);

/*
 * "Error: [code] message" and "Hint: hint", or one JSON line. Code and hint may be absent or empty.
 */
void bh_output_error(struct bh_span code, struct bh_span message, struct bh_span hint);
/* The error of a process without memory; returns 1. */
BH_MUST_USE
int bh_output_no_memory(void);
/* A line for people on stderr; nothing in JSON mode. */
void bh_output_note(const char *format, ...) BH_PRINTF(1, 2);

/* Flushes stdout. 1 with an error when something was lost, else `status`: the last step of the program. */
BH_MUST_USE
int bh_output_finish(int status);

#endif
