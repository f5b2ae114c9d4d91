// SPDX-License-Identifier: Apache-2.0
/*
 * What requests of the server may be sent to: asked where a socket is opened, with the address that it will
 * really be connected to.
 */
#ifndef BH_CORE_REACH_H
#define BH_CORE_REACH_H

#include "core/networks.h"

struct sockaddr;

/* False for anything but IPv4 and IPv6. */
BH_MUST_USE
bool bh_address_from_socket(const struct sockaddr *socket_address, struct bh_address *ret_address);

struct bh_reach {
    bool allow_private;
    const struct bh_network_list *refused; /* also where private ones are allowed; NULL = none */
};

BH_MUST_USE
bool bh_reach_allows(const struct bh_reach *reach, const struct bh_address *address);

#endif
