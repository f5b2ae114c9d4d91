// SPDX-License-Identifier: Apache-2.0
#include "core/networks.h"

#include <string.h>

/* One to three digits, at most `most`. */
static bool parse_prefix(struct bh_span text, unsigned most, unsigned *ret_prefix)
{
    unsigned value = 0;
    if (text.len == 0 || text.len > 3)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.data[i] - '0');
    }
    *ret_prefix = value;
    return value <= most;
}

static bool parse_network(struct bh_span text, struct bh_network *ret_network)
{
    struct bh_network network = {0};
    size_t slash = bh_span_find(text, BH_SPAN("/"));
    if (slash == SIZE_MAX || !bh_address_parse((struct bh_span){text.data, slash}, &network.address) ||
        !parse_prefix(bh_span_from_index(text, slash + 1), network.address.is_v6 ? 128 : 32, &network.prefix))
        return false;
    *ret_network = network;
    return true;
}

bool bh_networks_parse(struct bh_span text, struct bh_network_list *ret_list)
{
    struct bh_network_list list = {0};
    struct bh_span rest = bh_span_trim(text);
    while (rest.len > 0) {
        size_t comma = bh_span_find(rest, BH_SPAN(","));
        struct bh_span item = {rest.data, comma == SIZE_MAX ? rest.len : comma};
        if (list.count == BH_NETWORKS_MAX || (comma != SIZE_MAX && comma + 1 == rest.len) ||
            !parse_network(bh_span_trim(item), &list.items[list.count]))
            return false;
        list.count++;
        rest = comma == SIZE_MAX ? BH_SPAN("") : bh_span_from_index(rest, comma + 1);
    }
    *ret_list = list;
    return true;
}

static bool network_has(const struct bh_network *network, const struct bh_address *address)
{
    size_t whole = network->prefix / 8;
    unsigned bits = network->prefix % 8;
    if (network->address.is_v6 != address->is_v6 ||
        memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    unsigned mask = bits == 0 ? 0 : 0xffu << (8 - bits) & 0xffu;
    return bits == 0 || ((network->address.bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

bool bh_networks_have(const struct bh_network_list *list, const struct bh_address *address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (network_has(&list->items[i], address))
            return true;
    }
    return false;
}
