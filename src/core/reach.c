// SPDX-License-Identifier: Apache-2.0
#include "core/reach.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

bool bh_address_from_socket(const struct sockaddr *socket_address, struct bh_address *ret_address)
{
    struct bh_address address = {0};
    const void *any = socket_address; /* what is given is as large as its family says */
    if (socket_address->sa_family == AF_INET) {
        memcpy(address.bytes, &((const struct sockaddr_in *)any)->sin_addr, 4);
    } else if (socket_address->sa_family == AF_INET6) {
        address.is_v6 = true;
        memcpy(address.bytes, &((const struct sockaddr_in6 *)any)->sin6_addr, 16);
    } else {
        return false;
    }
    *ret_address = address;
    return true;
}

bool bh_reach_allows(const struct bh_reach *reach, const struct bh_address *address)
{
    if (reach->refused != NULL && bh_networks_have(reach->refused, address))
        return false;
    return reach->allow_private || bh_address_is_public(address);
}
