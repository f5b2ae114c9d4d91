// SPDX-License-Identifier: Apache-2.0
#include "http/caller.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/address.h"

#define GROUP_BYTES 8 /* of an IPv6 address: a /64 */

static void format_v6(const struct in6_addr *address, char ret_text[static BH_CALLER_TEXT])
{
    struct in6_addr group = *address;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        inet_ntop(AF_INET, &address->s6_addr[12], ret_text, BH_CALLER_TEXT);
        return;
    }
    memset(&group.s6_addr[GROUP_BYTES], 0, sizeof(group.s6_addr) - GROUP_BYTES);
    inet_ntop(AF_INET6, &group, ret_text, BH_CALLER_TEXT);
    memcpy(ret_text + strlen(ret_text), "/64", sizeof("/64")); /* there is room: half of it is zeros */
}

void bh_caller_from_socket(const struct sockaddr *address, char ret_text[static BH_CALLER_TEXT])
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    ret_text[0] = '\0';
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        inet_ntop(AF_INET, &v4.sin_addr, ret_text, BH_CALLER_TEXT);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        format_v6(&v6.sin6_addr, ret_text);
    }
}

static struct bh_span cut_at(struct bh_span text, char c)
{
    const char *end = text.len > 0 ? memchr(text.data, c, text.len) : NULL;
    return end == NULL ? text : (struct bh_span){text.data, (size_t)(end - text.data)};
}

/* Without brackets a port can only follow an IPv4 address: the one colon in it. */
static struct bh_span bare_address(struct bh_span text)
{
    if (text.len > 0 && text.data[0] == '[')
        return cut_at(cut_at(bh_span_from_index(text, 1), ']'), '%');
    struct bh_span before_colon = cut_at(text, ':');
    struct bh_span rest = bh_span_from_index(text, before_colon.len + 1);
    bool has_one_colon = before_colon.len < text.len && cut_at(rest, ':').len == rest.len;
    return has_one_colon ? before_colon : cut_at(text, '%');
}

bool bh_caller_from_text(struct bh_span text, char ret_text[static BH_CALLER_TEXT])
{
    struct bh_address address;
    if (!bh_address_parse(bare_address(text), &address))
        return false;
    if (address.is_v6) {
        struct in6_addr v6;
        memcpy(&v6, address.bytes, sizeof(v6));
        format_v6(&v6, ret_text);
    } else {
        inet_ntop(AF_INET, address.bytes, ret_text, BH_CALLER_TEXT);
    }
    return true;
}
