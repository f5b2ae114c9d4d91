// SPDX-License-Identifier: Apache-2.0
/*
 * Networks that an operator refuses besides those that nobody reaches: own NAT64 prefixes, public addresses
 * of internal services.
 */
#ifndef BH_CORE_NETWORKS_H
#define BH_CORE_NETWORKS_H

#include "core/address.h"

#define BH_NETWORKS_MAX 64

struct bh_network {
    struct bh_address address;
    unsigned prefix; /* bits */
};

struct bh_network_list {
    size_t count;
    struct bh_network items[BH_NETWORKS_MAX];
};

/* From "192.0.2.0/24,2001:db8::/32" (blanks around commas; "" = none). False when it is not of that form. */
BH_MUST_USE
bool bh_networks_parse(struct bh_span text, struct bh_network_list *ret_list);
bool bh_networks_have(const struct bh_network_list *list, const struct bh_address *address);

#endif
