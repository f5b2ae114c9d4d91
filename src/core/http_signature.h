// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP Message Signatures (RFC 9421) with Ed25519, and the profile in which web bots use them (Web Bot Auth).
 * Verifies only. Pure: keys and time are given. What is not understood does not verify.
 */
#ifndef BH_CORE_HTTP_SIGNATURE_H
#define BH_CORE_HTTP_SIGNATURE_H

#include "core/structured_field.h"
#include "lib/jwk.h"

#define BH_MESSAGE_HEADERS 32

struct bh_message_header {
    struct bh_span name; /* lower case */
    struct bh_span value;
};

/* The request as the site got it. */
struct bh_http_message {
    struct bh_span method, scheme, authority; /* authority: lower case, without the scheme's own port */
    struct bh_span target;                    /* path and query, as on the request line */
    const struct bh_message_header *headers;  /* in their order; of one name several */
    size_t header_count;
};

/*
 * All values of a header field, trimmed and joined by ", ". False when the message has none, or one with line
 * breaks, other control characters or bytes that are no ASCII in it.
 */
BH_MUST_USE
bool bh_message_field(const struct bh_http_message *message, struct bh_span name, struct bh_arena *arena,
    struct bh_span *ret_value);

#define BH_SIGNATURES_MAX 4

/* One signature of a Signature-Input field, taken apart. Spans point into the arena. */
struct bh_signature_input {
    struct bh_span label;
    struct bh_field_item params;           /* what is covered, for @signature-params */
    int64_t created, expires;              /* Unix seconds; -1 = absent */
    struct bh_span keyid, alg, nonce, tag; /* absent = not there */
    struct bh_span signature;              /* decoded bytes */
};

/*
 * Takes both fields apart; at most BH_SIGNATURES_MAX signatures. False when they are not well-formed, or do
 * not fit together.
 */
BH_MUST_USE
bool bh_signature_parse(struct bh_span signature_input, struct bh_span signature, struct bh_arena *arena,
    struct bh_signature_input **ret_inputs, size_t *ret_count);
/*
 * The signature base, added to `base`. False when the message lacks a component, or one is not supported or
 * occurs twice. Supported are the derived components of requests, and header fields, whole or with ;key.
 */
BH_MUST_USE
bool bh_signature_base(const struct bh_http_message *message, const struct bh_signature_input *input,
    struct bh_arena *arena, struct bh_buf *base);

/* ---- Web Bot Auth ---------------------------------------------------------------------------------------
 */

struct bh_key_directory {
    struct bh_span url; /* canonical origin (core/site_names.h) */
    const struct bh_signature_key *keys;
    size_t key_count;
};

enum bh_bot_auth { BH_BOT_UNSIGNED = 0, BH_BOT_INVALID, BH_BOT_VERIFIED };

struct bh_bot_identity {
    enum bh_bot_auth result;
    struct bh_span agent; /* when verified: the directory's url, in the directories' memory */
    const char *error;    /* when invalid: a constant sentence that says why */
};

#define BH_BOT_AUTH_AHEAD_S 60   /* how far a signature may be ahead of our clock */
#define BH_BOT_AUTH_LIFE_S 86400 /* the longest time that one may be made for */

/*
 * Looks for one signature with tag "web-bot-auth" that a key of a trusted directory has made over at least
 * @authority or @target-uri (and its member of Signature-Agent, when that field is sent), and that is valid
 * at `now_s`: created at most BH_BOT_AUTH_AHEAD_S ahead, not expired, made for at most BH_BOT_AUTH_LIFE_S.
 * The key's directory must be the one that Signature-Agent names, if it names one.
 */
struct bh_bot_identity bh_bot_auth_verify(const struct bh_http_message *message,
    const struct bh_key_directory *directories, size_t count, int64_t now_s, struct bh_arena *arena);

#endif
