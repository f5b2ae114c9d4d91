// SPDX-License-Identifier: Apache-2.0
/*
 * The socket that listens: from a text such as "127.0.0.1:8420" or "[::1]:8420" to a bound socket.
 */
#ifndef BH_HTTP_LISTEN_H
#define BH_HTTP_LISTEN_H

#include "lib/err.h"

#define BH_LISTEN_TEXT 64 /* "[address]:port" and its NUL */
#define BH_LISTEN_BACKLOG 4096

/* True for what bh_listen_open() can read, whether or not this machine has that address. */
bool bh_listen_is_address(const char *text);
/* True for such an address that only this machine can reach. */
bool bh_listen_is_loopback(const char *text);
/*
 * Port 0 takes any free one; "[::]" also takes IPv4. `ret_address` says where it really listens. Callers that
 * come before somebody accepts wait in the backlog. On BH_ERR_LISTEN *ret_message (a constant) says what went
 * wrong in words for people.
 */
BH_MUST_USE
enum bh_err bh_listen_open(
    const char *address, int *ret_fd, char ret_address[static BH_LISTEN_TEXT], const char **ret_message);

#endif
