// SPDX-License-Identifier: Apache-2.0
/*
 * URLs that the server is asked to read: taken apart as browsers do it, and judged before any look-up. What
 * is not understood is refused, never guessed. Pure.
 */
#ifndef BH_CORE_URL_H
#define BH_CORE_URL_H

#include "core/address.h"
#include "lib/arena.h"
#include "lib/err.h"

#define BH_URL_MAX 8192 /* bytes */
#define BH_URL_PORTS 16

/* Which URLs are accepted. Zero: 80 and 443, both schemes. */
struct bh_url_policy {
    bool https_only;
    size_t port_count; /* besides 80 and 443 */
    uint16_t ports[BH_URL_PORTS];
};

/* Everything is canonical; spans live in the arena. */
struct bh_url {
    bool https;
    struct bh_span host; /* lower case, without a final dot; of an address its dotted decimal form. In
                            brackets: to be refused when it is resolved, whatever stands in them */
    bool is_address;
    struct bh_address address; /* when is_address; then it is public */
    uint16_t port;
    struct bh_span path_query; /* begins with "/"; no fragment; escaped so that it can be sent */
    struct bh_span text; /* the whole URL without fragment; the port only where it is not the scheme's */
};

/*
 * Parses and judges in the order of the rules: BH_ERR_GATEWAY_URL_REQUIRED, _LENGTH, _INVALID, _SCHEME,
 * _HTTPS, _CREDENTIALS, _HOST, _ADDRESS, _PORT; BH_ERR_NO_MEMORY.
 */
BH_MUST_USE
enum bh_err bh_url_parse(
    struct bh_span text, const struct bh_url_policy *policy, struct bh_arena *arena, struct bh_url *ret_url);
/* The same for a Location header, which may be relative to `base`. */
BH_MUST_USE
enum bh_err bh_url_resolve(const struct bh_url *base, struct bh_span location,
    const struct bh_url_policy *policy, struct bh_arena *arena, struct bh_url *ret_url);
/*
 * For records: the text without query and fragment, and whether there was a query, so that "?..." can be
 * shown for it.
 */
void bh_url_for_record(struct bh_span text, struct bh_span *ret_kept, bool *ret_has_query);

#endif
