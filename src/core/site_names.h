// SPDX-License-Identifier: Apache-2.0
/*
 * Names of hosts as guarded sites and key directories are stored and compared: in one form, so that equal
 * texts are equal hosts.
 */
#ifndef BH_CORE_SITE_NAMES_H
#define BH_CORE_SITE_NAMES_H

#include "lib/arena.h"
#include "lib/span.h"

#define BH_SITE_DOMAIN_MAX 253

/*
 * Trimmed, lower case, without a final dot. False for what is no host name: labels of 1 to 63 letters, digits
 * and inner hyphens, BH_SITE_DOMAIN_MAX in all; also without memory.
 */
BH_MUST_USE
bool bh_site_domain_canonical(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_domain);
/*
 * The https origin, as "https://bot.example" or "https://bot.example:8443": the host as above, port 443 left
 * out, one final "/" taken off. False for anything else that has a path, a query, a fragment, a user or no
 * https; also without memory.
 */
BH_MUST_USE
bool bh_site_origin_canonical(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_origin);

#endif
