// SPDX-License-Identifier: Apache-2.0
/*
 * What a line from an MCP client is to the interceptor. The server's reader may be more lenient than ours, so
 * a line that two readers could understand differently never passes: members that occur twice or differ from
 * those of the protocol by their case only, a carriage return in the middle (some readers end a line there),
 * anything that is not strict JSON. Pure.
 */
#ifndef BH_MCP_WRAP_JUDGE_H
#define BH_MCP_WRAP_JUDGE_H

#include <jansson.h>

#include "lib/buf.h"

#define BH_WRAP_ID_BYTES 256   /* of an identifier that is answered */
#define BH_WRAP_TOOL_UNITS 128 /* of a tool's name */
#define BH_WRAP_REPLY_BYTES ((size_t)8 << 20)

enum bh_wrap_kind {
    BH_WRAP_REFUSE = 0, /* it must not reach the server; `reply` is the answer, or empty: none is possible */
    BH_WRAP_PASS,       /* as it is; `message` may hold requests to keep in mind */
    BH_WRAP_CALL,       /* one tools/call, to be decided */
    BH_WRAP_LIST,       /* one tools/list */
    BH_WRAP_CANCEL,     /* one notifications/cancelled */
};

struct bh_wrap_judged {
    enum bh_wrap_kind kind;
    json_t *message; /* NULL when it could not be read, and for a blank line */
    const char *why; /* BH_WRAP_REFUSE: one sentence for the log */
    struct bh_buf reply;
};

/*
 * `line` is without its line feed. With `lists_alone` also a tools/list within a batch is refused. Call
 * finish in any case.
 */
void bh_wrap_judge(struct bh_span line, bool lists_alone, struct bh_wrap_judged *ret_judged);
void bh_wrap_judged_finish(struct bh_wrap_judged *judged);

/*
 * An identifier as JSON text, so that it can be compared and sent back exactly. False for what is no string,
 * no whole number up to 2^53, or too long.
 */
BH_MUST_USE
bool bh_wrap_id_text(const json_t *id, struct bh_buf *ret_text);
/* The answer with an error; `id` is JSON text, absent = null. */
void bh_wrap_add_error(struct bh_buf *out, struct bh_span id, int code, struct bh_span message);

/*
 * The identifier of an object's top level in a text that was too long to keep, or that is no good JSON: fed
 * piece by piece, it remembers nothing but that.
 */
struct bh_wrap_id_scan {
    size_t depth;
    bool in_string, escaped, in_key, wants_value, wants_key, has_method, broken;
    char key[8];
    size_t key_len;
    char value[BH_WRAP_ID_BYTES + 16];
    size_t value_len;
};

void bh_wrap_id_scan_feed(struct bh_wrap_id_scan *scan, struct bh_span piece);
/* False when there is none that can be told. Appends JSON text. */
BH_MUST_USE
bool bh_wrap_id_scan_end(const struct bh_wrap_id_scan *scan, struct bh_buf *ret_id);

#endif
