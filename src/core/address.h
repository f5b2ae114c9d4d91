// SPDX-License-Identifier: Apache-2.0
/*
 * Which addresses and host names are public: reachable by anybody, and not a way into the network that the
 * server stands in. By byte masks; nothing is resolved.
 *
 * An address that carries another one (mapped, NAT64, 6to4, Teredo, ISATAP) is refused whatever it carries.
 */
#ifndef BH_CORE_ADDRESS_H
#define BH_CORE_ADDRESS_H

#include "lib/span.h"

struct bh_address {
    bool is_v6;
    unsigned char bytes[16]; /* network order; 4 of them for IPv4 */
};

/* Strict: dotted decimal without leading zeros, or the text form of IPv6 without a zone. */
BH_MUST_USE
bool bh_address_parse(struct bh_span text, struct bh_address *ret_address);
BH_MUST_USE
bool bh_address_is_public(const struct bh_address *address);
/*
 * False for names that mean this machine or a private network (localhost, *.local, *.internal, names without
 * a dot ...), with or without a final dot, in any case; and for names with an empty label.
 */
BH_MUST_USE
bool bh_host_name_is_public(struct bh_span name);

#endif
