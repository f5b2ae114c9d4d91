// SPDX-License-Identifier: Apache-2.0
/*
 * Under which name a network address is counted. An IPv6 client usually owns a whole /64, so that is one
 * caller; an IPv4 address that is written as IPv6 is the IPv4 address.
 */
#ifndef BH_HTTP_CALLER_H
#define BH_HTTP_CALLER_H

#include <sys/socket.h>

#include "lib/span.h"

#define BH_CALLER_TEXT 46

/* "192.0.2.1", "2001:db8:0:7::/64", or "" for another family. */
void bh_caller_from_socket(const struct sockaddr *address, char ret_text[static BH_CALLER_TEXT]);
/* The same from what a proxy writes: an address, with or without brackets, zone and port. False when it is
 * none. */
BH_MUST_USE
bool bh_caller_from_text(struct bh_span text, char ret_text[static BH_CALLER_TEXT]);

#endif
